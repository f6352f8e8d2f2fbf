/* Uploading: each file is its own request with its own progress. What has arrived stays; what failed says so
   and can be sent again. Without this script the form sends all files at once. */
(function () {
  "use strict";

  var draft = document.getElementById("draft");
  var underWay = 0;
  var allArrived = true;
  var waiting = null;
  var typedSomething = Boolean(draft && draft.hasAttribute("data-unsaved"));

  function line(form, file) {
    var row = document.createElement("li");
    row.className = "upload sending";
    var gap = document.createElement("span");
    gap.className = "no-picture";
    var words = document.createElement("div");
    var name = document.createElement("b");
    name.className = "upload-name";
    name.textContent = file.name;
    var meter = document.createElement("progress");
    meter.className = "meter";
    meter.max = 100;
    meter.value = 0;
    meter.setAttribute("aria-label", file.name);
    var state = document.createElement("small");
    state.className = "muted num";
    state.setAttribute("role", "status");
    words.append(name, meter, state);
    row.append(gap, words);
    form.closest("[data-slot]").querySelector(".uploads").append(row);
    return { row: row, words: words, meter: meter, state: state };
  }

  function send(form, file, done) {
    var shown = line(form, file);
    var request = new XMLHttpRequest();
    var body = new FormData();

    function failed(sentence) {
      shown.state.textContent = sentence || form.dataset.failed;
      shown.state.className = "bad-text";
      var again = document.createElement("button");
      again.type = "button";
      again.className = "link-button";
      again.textContent = form.dataset.again;
      again.addEventListener("click", function () {
        shown.row.remove();
        sendAll(form, [file]);
      });
      shown.words.append(again);
      done(false);
    }

    Array.prototype.forEach.call(form.elements, function (field) {
      if (field.name && field.type !== "file") {
        body.append(field.name, field.value);
      }
    });
    body.append("files", file);
    request.upload.addEventListener("progress", function (event) {
      if (event.lengthComputable) {
        shown.meter.value = Math.round((event.loaded / event.total) * 100);
        shown.state.textContent = shown.meter.value + "%";
      }
    });
    request.addEventListener("load", function () {
      if (request.status === 401) {
        // The session is over: the draft takes the way over the sign-in page, with all that was typed.
        draft.submit();
        return;
      }
      if (request.status < 400) {
        shown.meter.value = 100;
        done(true);
        return;
      }
      var sentence = "";
      try {
        sentence = JSON.parse(request.responseText).message;
      } catch (error) {
        sentence = "";
      }
      failed(sentence);
    });
    request.addEventListener("error", function () {
      failed("");
    });
    request.open("POST", form.action);
    request.setRequestHeader("Accept", "application/json");
    request.send(body);
  }

  /* Captions typed meanwhile must not be lost: then the draft is saved, which shows the page again as well. */
  function showWhatArrived() {
    if (typedSomething) {
      draft.submit();
    } else {
      var page = draft.dataset.page;
      if (window.location.pathname + window.location.search === page) {
        window.location.reload();
      } else {
        window.location.assign(page);
      }
    }
  }

  /* Files of several slots may be under way at once: the page goes on only when the last one has ended. */
  function ended(ok) {
    underWay -= 1;
    allArrived = allArrived && ok;
    if (underWay > 0) {
      return;
    }
    var next = waiting;
    waiting = null;
    if (!allArrived) {
      return;
    }
    if (next) {
      next.form.action = next.action;
      next.form.submit();
    } else {
      showWhatArrived();
    }
  }

  function sendAll(form, files) {
    if (underWay === 0) {
      allArrived = true;
    }
    underWay += files.length;
    files.forEach(function (file) {
      send(form, file, ended);
    });
  }

  /* A button pressed while files are under way waits for them: leaving the page would lose them. */
  document.addEventListener("submit", function (event) {
    if (underWay === 0) {
      return;
    }
    event.preventDefault();
    delete event.target.dataset.sent; // it was not: another press must not be swallowed
    var named = event.submitter && event.submitter.hasAttribute("formaction");
    waiting = { form: event.target, action: named ? event.submitter.formAction : event.target.action };
    var words = document.createElement("p");
    words.className = "ok";
    words.textContent = draft.dataset.waiting;
    document.getElementById("toast").replaceChildren(words);
  });

  document.addEventListener("input", function (event) {
    typedSomething = typedSomething || Boolean(draft && event.target.form === draft);
  });

  document.querySelectorAll("form[data-upload]").forEach(function (form) {
    var input = form.querySelector('input[type="file"]');
    var oneByOne = form.querySelector("[data-one-by-one]");
    if (oneByOne) {
      // Some phones' browsers do nothing when several files may be chosen.
      oneByOne.addEventListener("click", function () {
        input.multiple = !input.multiple;
        oneByOne.setAttribute("aria-pressed", String(!input.multiple));
      });
    }
    input.addEventListener("change", function () {
      sendAll(form, Array.prototype.slice.call(input.files));
      input.value = "";
    });
  });
})();
