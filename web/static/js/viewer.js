/* The photo viewer: the film strip changes the large picture in place; turn, come closer, full screen. */
(function () {
  "use strict";

  function start(viewer) {
    var stage = viewer.querySelector(".stage");
    var film = Array.prototype.slice.call(viewer.querySelectorAll(".film a"));
    var turned = 0;

    function current() {
      return film.findIndex(function (link) {
        return link.hasAttribute("aria-current");
      });
    }

    function upright() {
      turned = 0;
      stage.className = "stage";
    }

    function show(link) {
      var picture = stage.querySelector("img");
      if (!picture || !link.dataset.view) {
        window.location.href = link.href;
        return;
      }
      film.forEach(function (other) {
        other.removeAttribute("aria-current");
      });
      link.setAttribute("aria-current", "true");
      upright();
      picture.src = link.dataset.view;
      picture.alt = link.dataset.caption;
      viewer.querySelector("[data-caption-shown]").textContent = link.dataset.caption;
      viewer.querySelector("figcaption [data-look]").href = link.dataset.look;
      var facts = viewer.querySelector(".photo-facts");
      facts.textContent = "";
      link.dataset.facts.split("|").forEach(function (fact) {
        if (fact) {
          var span = document.createElement("span");
          span.textContent = fact;
          facts.appendChild(span);
        }
      });
      link.scrollIntoView({ block: "nearest", inline: "nearest" });
    }

    var acts = {
      previous: function () {
        show(film[(current() - 1 + film.length) % film.length]);
      },
      next: function () {
        show(film[(current() + 1) % film.length]);
      },
      turn: function () {
        turned = (turned + 90) % 360;
        stage.className = "stage" + (turned ? " turned-" + turned : "");
      },
      closer: function () {
        stage.classList.toggle("closer");
      },
      full: function () {
        if (document.fullscreenElement) {
          document.exitFullscreen();
        } else if (stage.requestFullscreen) {
          stage.requestFullscreen();
        }
      },
    };

    viewer.addEventListener("click", function (event) {
      var link = event.target.closest(".film a");
      var tool = event.target.closest("[data-act]");
      if (link) {
        event.preventDefault();
        show(link);
      } else if (tool) {
        acts[tool.dataset.act]();
      }
    });

    stage.addEventListener("keydown", function (event) {
      if (film.length > 1 && event.key === "ArrowLeft") {
        acts.previous();
      } else if (film.length > 1 && event.key === "ArrowRight") {
        acts.next();
      }
    });
  }

  document.querySelectorAll("[data-viewer]").forEach(start);
})();
