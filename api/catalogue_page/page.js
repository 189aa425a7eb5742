// Without the script the page is whole: only the search is missing.
const box = document.getElementById("search");
box.hidden = false;
box.addEventListener("input", () => {
  const word = box.value.trim().toLowerCase();
  for (const one of document.querySelectorAll("article"))
    one.hidden = word !== "" && !one.querySelector(".said").textContent.toLowerCase().includes(word);
  for (const part of document.querySelectorAll("section"))
    part.hidden = !part.querySelector("article:not([hidden])");
});
