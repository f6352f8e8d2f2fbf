/* Looking a table over without losing one's place: forms and links marked `data-quiet` are fetched and the page is put in
   place where it stands. A click into a cell opens its row with the cursor in that field. Without this script every form is
   a plain one. */
(function () {
  "use strict";

  var busy = false;
  var dirty = false;

  function main() {
    return document.getElementById("main");
  }

  /* The form of a row in which something was typed and not saved yet. */
  function unsaved() {
    return dirty ? document.querySelector(".editing form.row-form") : null;
  }

  function put(html, url, focus) {
    var page = new DOMParser().parseFromString(html, "text/html");
    var fresh = page.getElementById("main");
    if (!fresh || !fresh.querySelector(".looking-over")) {
      dirty = false;
      window.location.href = url;
      return;
    }
    dirty = Boolean(fresh.querySelector(".editing [role='alert']"));
    var top = window.scrollY;
    var opened = remembered();
    main().replaceChildren.apply(main(), Array.from(fresh.childNodes));
    document.title = page.title;
    announce(page.getElementById("toast"));
    window.history.replaceState(null, "", url);
    opened.forEach(function (name) {
      var details = document.getElementById(name);
      if (details) {
        details.open = true;
      }
    });
    window.scrollTo(0, top);
    settle(focus);
  }

  function remembered() {
    return Array.from(document.querySelectorAll("details[id][open]")).map(function (one) {
      return one.id;
    });
  }

  function announce(toast) {
    var here = document.getElementById("toast");
    if (toast && here) {
      here.replaceChildren.apply(here, Array.from(toast.children));
      window.setTimeout(function () {
        here.querySelectorAll(".ok").forEach(function (one) {
          one.remove();
        });
      }, 8000);
    }
  }

  /* Put the cursor where the work goes on, and scroll only when that is out of sight. */
  function settle(focus) {
    var fault = document.querySelector(".looking-over [role='alert']");
    var wanted = focus && (document.querySelector(".editing " + focus + ", form " + focus) || document.querySelector(focus));
    var target = wanted || document.querySelector(".editing textarea, .editing input:not([type='hidden'])");
    if (target && target.focus) {
      target.focus({ preventScroll: true });
    }
    var seen = fault || (target && target.closest("tr, li, form")) || target;
    if (seen) {
      var box = seen.getBoundingClientRect();
      if (box.top < 140 || box.top > window.innerHeight - 160) {
        seen.scrollIntoView({ block: box.height > window.innerHeight - 200 ? "start" : "center" });
      }
    }
  }

  /* `then` is done after the page is in place, unless it shows a refusal. */
  function load(url, options, focus, then) {
    if (busy) {
      return;
    }
    busy = true;
    main().setAttribute("aria-busy", "true");
    fetch(url, Object.assign({ credentials: "same-origin", headers: { Accept: "text/html" } }, options))
      .then(function (answer) {
        if (answer.status === 401 || answer.status >= 500) {
          throw new Error("not shown");
        }
        return answer.text().then(function (html) {
          put(html, answer.status < 400 ? answer.url : window.location.href, focus);
          return answer.status < 400;
        });
      })
      .then(function (done) {
        busy = false;
        if (done && then) {
          then();
        }
      })
      .catch(function () {
        /* The plain way shows what went wrong, sign-in included. */
        if (options.method === "POST") {
          options.form.dataset.plain = "yes";
          options.form.requestSubmit(options.submitter || undefined);
        } else {
          window.location.href = url;
        }
      })
      .finally(function () {
        busy = false;
        main().removeAttribute("aria-busy");
      });
  }

  document.addEventListener(
    "submit",
    function (event) {
      var form = event.target;
      if (!form.matches("form[data-quiet]") || form.dataset.plain) {
        return;
      }
      event.preventDefault();
      var pressed = event.submitter;
      var open = unsaved();
      if (open && open !== form) {
        send(open, open.querySelector("button.primary"), null, function () {
          press(form.id, pressed);
        });
        return;
      }
      var row = pressed && pressed.closest("tr[id], li[id]");
      send(form, pressed, row ? "#" + row.id + " a, #" + row.id + " button" : null);
    },
    true
  );

  function send(form, pressed, focus, then) {
    var fields = new FormData(form);
    if (pressed && pressed.name) {
      fields.set(pressed.name, pressed.value);
    }
    var options = { method: "POST", body: new URLSearchParams(fields), form: form, submitter: pressed };
    load(form.getAttribute("action"), options, focus, then);
  }

  /* Press the same button again on the page that has come since. */
  function press(form, before) {
    var same = Array.from(document.querySelectorAll("button")).find(function (one) {
      return before && one.form && one.form.id === form && one.name === before.name && one.value === before.value;
    });
    if (same) {
      same.click();
    }
  }

  document.addEventListener("input", function (event) {
    if (event.target.closest(".editing form.row-form")) {
      dirty = true;
    }
  });

  window.addEventListener("beforeunload", function (event) {
    if (unsaved()) {
      event.preventDefault();
    }
  });

  document.addEventListener("submit", function (event) {
    if (!event.defaultPrevented) {
      dirty = false;
    }
  });

  document.addEventListener("click", function (event) {
    if (event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey) {
      return;
    }
    var link = event.target.closest("a[data-quiet]");
    if (link) {
      event.preventDefault();
      go(link.href, null);
      return;
    }
    var cell = event.target.closest("[data-open]");
    if (cell && !event.target.closest("a, button, summary, details") && !String(window.getSelection())) {
      var edit = cell.closest("tr").querySelector("a[data-edit]");
      go(edit.href, "#" + cell.dataset.open);
    }
  });

  function go(href, focus) {
    var url = new URL(href, window.location.href);
    var anchor = url.hash && url.hash.slice(1);
    var open = unsaved();
    if (open && !open.querySelector("[data-cancel]").matches(":focus, :active")) {
      send(open, open.querySelector("button.primary"), null, function () {
        go(href, focus);
      });
      return;
    }
    dirty = false;
    load(url.href, {}, focus || (anchor && !document.querySelector(".editing") ? "#" + anchor : null) || (anchor ? "#" + anchor : null));
  }

  document.addEventListener("keydown", function (event) {
    var typing = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName);
    var control = event.ctrlKey || event.metaKey;
    if (event.key === "Escape" && event.target.closest(".editing, .row-form")) {
      var cancel = event.target.closest("tr, form").querySelector("[data-cancel]");
      if (cancel) {
        cancel.click();
      }
    } else if (event.key === "Enter" && control && typing && event.target.form && event.target.form.matches(".row-form")) {
      event.preventDefault();
      event.target.form.requestSubmit(event.target.form.querySelector("button.primary"));
    } else if (control && !typing && /^[zy]$/i.test(event.key)) {
      var again = event.key.toLowerCase() === "y" || event.shiftKey;
      var button = document.querySelector("[form='steps'][value='" + (again ? "redo" : "undo") + "']:not([disabled])");
      if (button) {
        event.preventDefault();
        button.click();
      }
    }
  });
})();
