// Keys for the workbench; every page works without them. j/k move, o opens, 1-9 choose an outcome, ? shows the keys.
"use strict";
(() => {
  const cards = [...document.querySelectorAll("[data-card]")];
  let at = -1;

  const go = (to) => {
    if (!cards.length) return;
    at = Math.max(0, Math.min(cards.length - 1, to));
    cards.forEach((card, n) => card.classList.toggle("current", n === at));
    cards[at].focus({ preventScroll: true });
    cards[at].scrollIntoView({ block: "nearest" });
  };

  const here = () => (cards.length ? cards[Math.max(at, 0)] : document);

  const outcome = (number) => {
    const place = here();
    const choice = place.querySelectorAll("input[name=outcome]")[number - 1];
    if (!choice) return;
    const fold = choice.closest("details");
    if (fold) fold.open = true;
    choice.checked = true;
    choice.focus();
  };

  document.addEventListener("focusin", (event) => {
    const card = event.target.closest("[data-card]");
    if (card) {
      at = cards.indexOf(card);
      cards.forEach((one, n) => one.classList.toggle("current", n === at));
    }
  });

  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("textarea, select, input:not([type=radio])");
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    const key = event.key;
    if (key === "j") go(at + 1);
    else if (key === "k") go(at - 1);
    else if (key === "o") here().querySelector("[data-open]")?.click();
    else if (key >= "1" && key <= "9") outcome(Number(key));
    else if (key === "?") document.querySelector("[data-keys]")?.toggleAttribute("open");
    else return;
    event.preventDefault();
  });

  // A choice in a list takes effect at once; without this script there is a button.
  document.querySelectorAll("select[data-auto]").forEach((select) => {
    select.addEventListener("change", () => select.form.submit());
    select.form.querySelector("[data-noscript]")?.remove();
  });
})();
