// Brings the page components to life. Pages say and do the same without it.
import { initAll } from "./nhsuk-frontend-10.6.1.min.js";

initAll();

// Escape closes the menu of the header; the focus goes back to its button, and is not lost with it.
document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && event.target.closest?.(".nhsuk-header__menu");
  if (menu) menu.querySelector("button").focus();
});
