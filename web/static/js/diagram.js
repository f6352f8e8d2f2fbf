/* The process diagram with its marks, drawn when it comes near. The mark of bpmn.io stays visible below the pool. */
(function () {
  "use strict";

  var place = document.getElementById("diagram");
  var FONT = '"PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif';
  var ROOM_FOR_THE_MARK = 56;

  if (!place || !window.BpmnJS) {
    return;
  }

  function fit(canvas) {
    canvas.zoom("fit-viewport");
    var inner = canvas.viewbox().inner;
    var outer = canvas.viewbox().outer;
    var scale = Math.min(outer.width / (inner.width + 32), outer.height / (inner.height + ROOM_FOR_THE_MARK));
    var width = outer.width / scale;
    canvas.viewbox({ x: inner.x - (width - inner.width) / 2, y: inner.y - 14, width: width, height: outer.height / scale });
  }

  function mark(viewer, ids, name) {
    ids.split(" ").forEach(function (id) {
      if (id && viewer.get("elementRegistry").get(id)) {
        viewer.get("canvas").addMarker(id, name);
      }
    });
  }

  function label(viewer, id, text) {
    if (!text || !viewer.get("elementRegistry").get(id)) {
      return;
    }
    var sign = document.createElement("span");
    sign.className = "here";
    sign.textContent = text;
    viewer.get("overlays").add(id, { position: { bottom: -6, left: 4 }, html: sign });
  }

  function tools(canvas) {
    document.querySelectorAll("[data-zoom]").forEach(function (button) {
      button.addEventListener("click", function () {
        if (button.dataset.zoom === "fit") {
          fit(canvas);
        } else {
          canvas.zoom(canvas.zoom() * (button.dataset.zoom === "in" ? 1.25 : 0.8));
        }
      });
    });
  }

  /* A turned phone is a new width; a height alone changes when its address bar hides. */
  function refit(canvas) {
    var width = place.clientWidth;
    window.addEventListener("resize", function () {
      if (place.clientWidth !== width) {
        width = place.clientWidth;
        canvas.resized();
        fit(canvas);
      }
    });
  }

  function draw(xml) {
    var style = { defaultStyle: { fontFamily: FONT, fontSize: 16 }, externalStyle: { fontSize: 14 } };
    place.textContent = "";
    var viewer = new window.BpmnJS({ container: place, textRenderer: style });
    return viewer.importXML(xml).then(function () {
      mark(viewer, place.dataset.done, "is-done");
      mark(viewer, place.dataset.returned, "is-returned");
      mark(viewer, place.dataset.now, "is-now");
      place.dataset.now.split(" ").forEach(function (id) {
        label(viewer, id, place.dataset.here);
      });
      fit(viewer.get("canvas"));
      tools(viewer.get("canvas"));
      refit(viewer.get("canvas"));
      place.dataset.drawn = "yes";
    });
  }

  function load() {
    fetch(place.dataset.xml)
      .then(function (answer) {
        if (!answer.ok) {
          throw new Error(String(answer.status));
        }
        return answer.text();
      })
      .then(draw)
      .catch(function (error) {
        place.textContent = place.dataset.failed;
        place.classList.add("failed");
        window.console.error("diagram", error);
      });
  }

  if ("IntersectionObserver" in window) {
    var near = new IntersectionObserver(
      function (entries) {
        if (entries[0].isIntersecting) {
          near.disconnect();
          load();
        }
      },
      { rootMargin: "300px" }
    );
    near.observe(place);
  } else {
    load();
  }
})();
