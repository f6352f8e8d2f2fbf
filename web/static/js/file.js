/* The page of a file: a picture that is being made appears by itself; a passage is drawn over the page. */
(function () {
  "use strict";

  var FIRST_PAUSE = 1500;
  var LONGEST_PAUSE = 15000;

  function wait(placard) {
    var pause = FIRST_PAUSE;

    function again() {
      pause = Math.min(LONGEST_PAUSE, pause * 1.4);
      window.setTimeout(ask, pause);
    }

    function ask() {
      if (document.hidden) {
        again();
        return;
      }
      fetch(placard.dataset.waiting, { headers: { Accept: "application/json" } })
        .then(function (answer) {
          return answer.ok ? answer.json() : { ready: false };
        })
        .then(function (state) {
          if (state.ready) {
            window.location.reload();
          } else {
            again();
          }
        })
        .catch(again);
    }

    window.setTimeout(ask, pause);
  }

  function draw(sheet, form) {
    var svg = sheet.querySelector("svg");
    var sides = {};
    var box = null;
    var begin = null;
    var button = form.querySelector("[data-draw]");
    var told = form.querySelector("[data-drawn]");

    form.querySelectorAll("[data-side]").forEach(function (field) {
      sides[field.dataset.side] = field;
    });

    function fraction(event) {
      var area = svg.getBoundingClientRect();
      return {
        x: Math.min(1, Math.max(0, (event.clientX - area.left) / area.width)),
        y: Math.min(1, Math.max(0, (event.clientY - area.top) / area.height)),
      };
    }

    function show(from, to) {
      var measure = svg.viewBox.baseVal;
      if (!box) {
        box = document.createElementNS("http://www.w3.org/2000/svg", "rect");
        box.setAttribute("class", "drawing");
        svg.appendChild(box);
      }
      box.setAttribute("x", Math.min(from.x, to.x) * measure.width);
      box.setAttribute("y", Math.min(from.y, to.y) * measure.height);
      box.setAttribute("width", Math.abs(to.x - from.x) * measure.width);
      box.setAttribute("height", Math.abs(to.y - from.y) * measure.height);
    }

    function keep(from, to) {
      sides.x0.value = Math.min(from.x, to.x).toFixed(5);
      sides.y0.value = Math.min(from.y, to.y).toFixed(5);
      sides.x1.value = Math.max(from.x, to.x).toFixed(5);
      sides.y1.value = Math.max(from.y, to.y).toFixed(5);
      told.textContent = told.dataset.drawn;
    }

    button.addEventListener("click", function () {
      var on = sheet.classList.toggle("drawable");
      button.setAttribute("aria-pressed", String(on));
      told.textContent = on ? told.dataset.asked : "";
      if (on) {
        sheet.scrollIntoView({ block: "nearest" });
      }
    });
    svg.addEventListener("pointerdown", function (event) {
      if (!sheet.classList.contains("drawable")) {
        return;
      }
      begin = fraction(event);
      svg.setPointerCapture(event.pointerId);
      event.preventDefault();
    });
    svg.addEventListener("pointermove", function (event) {
      if (begin) {
        show(begin, fraction(event));
      }
    });
    svg.addEventListener("pointerup", function (event) {
      if (begin) {
        keep(begin, fraction(event));
        begin = null;
      }
    });
    svg.addEventListener("pointercancel", function () {
      begin = null;
    });
  }

  document.querySelectorAll("[data-waiting]").forEach(wait);
  var sheet = document.querySelector("[data-sheet]");
  var form = document.querySelector("[data-mark]");
  if (sheet && form) {
    draw(sheet, form);
  }
})();
