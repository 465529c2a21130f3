// Brings the page components to life. Pages say and do the same without it.
import { initAll } from "./nhsuk-frontend-10.6.1.min.js";

initAll();
