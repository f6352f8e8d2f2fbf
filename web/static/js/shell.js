/* Every page: menus close when left, announcements can be put away, "/" finds, "g i" goes to the inbox.
   No single key decides anything, and no key works while somebody is typing. */
(function () {
  "use strict";

  var PLACES = { i: "/inbox", b: "/board", a: "/audit", r: "/archive" };
  var waitingForPlace = false;

  document.documentElement.classList.add("scripted");

  function typing(target) {
    return /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
  }

  function closeMenus(except) {
    document.querySelectorAll("details[data-menu][open]").forEach(function (menu) {
      if (menu !== except) {
        menu.open = false;
      }
    });
  }

  document.addEventListener("click", function (event) {
    closeMenus(event.target.closest("details[data-menu]"));
  });

  document.addEventListener("keydown", function (event) {
    if (event.key === "Escape") {
      closeMenus(null);
    }
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) {
      return;
    }
    if (event.key === "/") {
      var find = document.getElementById("find");
      if (find && find.offsetParent) {
        event.preventDefault();
        find.focus();
      }
    } else if (waitingForPlace) {
      waitingForPlace = false;
      if (PLACES[event.key]) {
        event.stopImmediatePropagation();
        window.location.href = PLACES[event.key];
      }
    } else if (event.key === "g") {
      waitingForPlace = true;
    }
  });

  /* A form is sent once, however often its button is pressed. */
  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (form.method !== "post" || event.defaultPrevented) {
      return;
    }
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
  });

  /* A notice of success has been read after a while; what went wrong stays. */
  window.setTimeout(function () {
    document.querySelectorAll("#toast .ok").forEach(function (notice) {
      notice.remove();
    });
  }, 12000);

  window.addEventListener("pageshow", function () {
    document.querySelectorAll("form[data-sent]").forEach(function (form) {
      delete form.dataset.sent;
    });
  });
})();
