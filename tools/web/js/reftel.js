// What every page runs. Listeners sit on the document, so that pages swapped in need no starting.
import { startActs } from "./acts.js";
import { startCompose } from "./compose.js";
import { startCopies } from "./copies.js";
import { startDocket } from "./docket.js";
import { startKeys } from "./keys.js";
import { startLive } from "./live.js";
import { startMarking } from "./marking.js";
import { startPages } from "./pages.js";
import { startPasskeys } from "./passkeys.js";
import { startReader } from "./reader.js";
import { startTheme } from "./theme.js";

document.documentElement.classList.add("js");
startTheme();
startMarking();
startPages();
startKeys();
startActs();
startPasskeys();
startReader();
startCompose();
startCopies();
startDocket();
startLive();
