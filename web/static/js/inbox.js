/* The inbox: J and K walk the list, Enter opens, and a narrow screen opens the case instead of a preview. */
(function () {
  "use strict";

  var NARROW = window.matchMedia("(max-width: 1099px)");

  function selected() {
    return document.querySelector(".work-row.selected");
  }

  function select(row) {
    var before = selected();
    if (before) {
      before.classList.remove("selected");
      before.querySelector("a").removeAttribute("aria-current");
    }
    row.classList.add("selected");
    row.classList.remove("unread");
    row.querySelector("a").setAttribute("aria-current", "true");
    row.scrollIntoView({ block: "nearest" });
  }

  document.addEventListener(
    "click",
    function (event) {
      var link = event.target.closest(".work-row a");
      if (!link) {
        return;
      }
      if (NARROW.matches) {
        event.preventDefault();
        event.stopImmediatePropagation();
        window.location.href = link.dataset.open;
        return;
      }
      select(link.parentNode);
    },
    true
  );

  document.addEventListener("keydown", function (event) {
    if (event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName)) {
      return;
    }
    var row = selected();
    if (!row) {
      return;
    }
    if (event.key === "j" || event.key === "k") {
      var next = event.key === "j" ? row.nextElementSibling : row.previousElementSibling;
      if (next && next.matches(".work-row")) {
        next.querySelector("a").click();
      }
    } else if (event.key === "Enter" && event.target === document.body) {
      window.location.href = row.querySelector("a").dataset.open;
    }
  });

  /* A preview that cannot be fetched is opened as a page, where the reason is said in words. */
  document.addEventListener("htmx:responseError", function (event) {
    var link = event.target.closest(".work-row a");
    if (link) {
      window.location.href = link.dataset.open;
    }
  });
})();
