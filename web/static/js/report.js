/* Counting the characters of a report while it is written, as Word counts 字数: every Chinese sign one, every run of
   Latin letters or digits one. Without this script the server counts when the report is kept. */
(function () {
  "use strict";

  var SIGN = /[\u3000-\u303f\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff00-\uffef\u2018-\u201d\u2026\u2014]|[\ud840-\ud87f][\udc00-\udfff]/g;

  function counted(text) {
    var signs = text.match(SIGN) || [];
    var rest = text.replace(SIGN, " ").trim();
    return signs.length + (rest ? rest.split(/\s+/).length : 0);
  }

  document.querySelectorAll("textarea[data-count]").forEach(function (area) {
    var told = document.querySelector('[data-count-of="' + area.id + '"]');
    var target = Number(area.dataset.target);

    function fits(chars) {
      if (!target) return true;
      if (area.dataset.bound === "max") return chars <= target;
      if (area.dataset.bound === "min") return chars >= target;
      return Math.abs(chars - target) <= target / 5;
    }

    function say() {
      var chars = counted(area.value);
      var words = target ? area.dataset.sayTarget : area.dataset.say;
      told.textContent = words.replace("{chars}", chars).replace("{target}", target);
      told.classList.toggle("bad-text", chars > 0 && !fits(chars));
    }

    area.addEventListener("input", say);
    say();
  });
})();
