/* Deciding: reason chips write into the remark, A and R only move the focus to a button. */
(function () {
  "use strict";

  function decisionForm() {
    return document.querySelector("form[data-decision]");
  }

  document.addEventListener("click", function (event) {
    var chip = event.target.closest("[data-chip]");
    if (!chip) {
      return;
    }
    var remark = chip.closest("form").elements.remark;
    remark.value += (remark.value.trim() ? " " : "") + chip.dataset.chip;
    remark.focus();
  });

  /* A return without a reason never leaves the page; the server refuses it as well. */
  document.addEventListener(
    "submit",
    function (event) {
      var form = event.target.closest("form[data-decision]");
      var pressed = event.submitter;
      if (!form || !pressed || pressed.value !== "return" || form.elements.remark.value.trim()) {
        return;
      }
      event.preventDefault();
      var fault = form.querySelector("[data-reason-needed]");
      fault.hidden = false;
      form.elements.remark.setAttribute("aria-invalid", "true");
      form.elements.remark.focus();
    },
    true
  );

  document.addEventListener("keydown", function (event) {
    if (event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName)) {
      return;
    }
    var form = decisionForm();
    if (!form || (event.key !== "a" && event.key !== "r")) {
      return;
    }
    event.preventDefault();
    if (event.key === "a") {
      form.querySelector('[name="outcome"][value="approve"]').focus();
    } else if (form.elements.remark.value.trim()) {
      form.querySelector('[name="outcome"][value="return"]').focus();
    } else {
      form.elements.remark.focus();
    }
  });
})();
