/* The editor, made quicker: a preview that follows the typing, drafts that save themselves, and a copy of what is
   typed in this browser until it is saved. The form works without it. */

const form = document.getElementById("editor");
const place = document.getElementById("apercu-texte");
const WAIT = 600;

const FIELDS = ["title", "summary", "body"];
let kept = `demain:${form.dataset.kept}`;
let timer = 0;
let asked = null;
let changed = form.hasAttribute("data-typed");
let last = null;

/* Preview */

async function show() {
  asked?.abort();
  const mine = (asked = new AbortController());
  try {
    const answer = await fetch(form.dataset.preview, {
      method: "POST",
      body: new URLSearchParams(new FormData(form)),
      signal: mine.signal,
    });
    if (!answer.ok || answer.redirected) return;
    const html = await answer.text();
    if (mine.signal.aborted) return;
    place.innerHTML = html;
  } catch {
    /* No connection: the last preview stays, and the button still works. */
  }
}

/* A copy in this browser */

function remember() {
  const copy = Object.fromEntries(FIELDS.map((name) => [name, form.elements[name].value]));
  try {
    localStorage.setItem(kept, JSON.stringify(copy));
  } catch {
    /* Storage is full or forbidden: typing goes on. */
  }
}

function forget() {
  try {
    localStorage.removeItem(kept);
  } catch {
    /* Nothing to forget then. */
  }
}

function recall() {
  try {
    return JSON.parse(localStorage.getItem(kept) ?? "null");
  } catch {
    return null;
  }
}

function offer(copy) {
  const note = document.createElement("div");
  note.className = "kept";
  note.setAttribute("role", "status");
  const words = document.createElement("span");
  words.textContent = form.dataset.restore;
  const take = button(form.dataset.restoreButton, () => {
    for (const name of FIELDS) form.elements[name].value = copy[name] ?? "";
    changed = true;
    note.remove();
    form.elements.title.focus();
    show();
  });
  const drop = button(form.dataset.dropButton, () => {
    forget();
    note.remove();
    form.elements.title.focus();
  });
  note.append(words, take, drop);
  form.prepend(note);
}

function button(label, action) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "plain";
  made.textContent = label;
  made.addEventListener("click", action);
  return made;
}

const copy = recall();
if (copy && !changed && FIELDS.some((name) => (copy[name] ?? "") !== form.elements[name].value)) offer(copy);
else if (copy && !changed) forget();

/* Saving as one types: what is published or in review is saved by hand only */

const SAVE_AFTER = 1500;
const TRY_AGAIN_AFTER = 10000;
const saved = document.getElementById("enregistre");
const trouble = document.getElementById("ennui");
let address = form.dataset.save;
let isNew = form.dataset.kept === "new";
let saving = null;
let saveTimer = 0;
let typed = 0;

function later(wait = SAVE_AFTER) {
  clearTimeout(saveTimer);
  if (address) saveTimer = setTimeout(() => { saving ??= save().finally(() => { saving = null; }); }, wait);
}

function say(words, worry = "") {
  saved.textContent = words;
  if (trouble.textContent !== worry) trouble.textContent = worry;
}

function base(name, value) {
  let field = form.elements[`base_${name}`];
  if (!field) {
    field = document.createElement("input");
    field.type = "hidden";
    field.name = `base_${name}`;
    form.append(field);
  }
  field.value = value;
}

async function save() {
  if (!form.elements.title.value.trim()) return say(form.dataset.untitled);
  const asOf = typed;
  const sent = new URLSearchParams(new FormData(form));
  say(form.dataset.saving, trouble.textContent);
  let answer;
  let told;
  try {
    answer = await fetch(address, {
      method: isNew ? "POST" : "PATCH",
      headers: { "If-Match": `"${form.elements.version.value}"` },
      body: sent,
    });
    told = await answer.json();
  } catch {
    say("", form.dataset.offline);
    return later(TRY_AGAIN_AFTER);
  }
  if (!answer.ok) {
    say("", told.said ?? form.dataset.offline);
    if (answer.status === 412) conflict();
    else if (answer.status >= 500) later(TRY_AGAIN_AFTER);
    return;
  }
  form.elements.version.value = told.version;
  for (const name of FIELDS) base(name, sent.get(name));
  base("sources", told.sources);
  if (isNew) {
    isNew = false;
    forget();
    kept = `demain:${told.id}`;
    address = told.edit;
    form.action = told.edit;
    history.replaceState(null, "", told.edit);
  }
  say(told.said);
  if (typed === asOf) {
    changed = false;
    forget();
  } else later();
}

/* Somebody else changed it: the page that shows what they changed is the one the form leads to without a script. */
function conflict() {
  address = null;
  const see = button(form.dataset.conflictButton, () => form.requestSubmit(form.querySelector("button[name=do][value=save]")));
  trouble.append(" ", see);
}

/* The connection is back: what waited is saved now, and not when the next attempt was due. */
window.addEventListener("online", () => {
  if (address && changed) later(0);
  else if (trouble.textContent === form.dataset.offline) say("");
});

document.querySelector("[data-drop-copy]")?.addEventListener("click", () => {
  changed = false;
  forget();
});

form.addEventListener("input", () => {
  changed = true;
  typed += 1;
  later();
  clearTimeout(timer);
  timer = setTimeout(() => {
    remember();
    show();
  }, WAIT);
});
form.addEventListener("click", (event) => {
  if (event.target.closest?.("button[name=do]")) last = event.target.closest("button[name=do]").value;
});
form.addEventListener("submit", (event) => {
  clearTimeout(timer);
  clearTimeout(saveTimer);
  if (!navigator.onLine) {
    // Sending would lead to the browser's own page, away from the text.
    event.preventDefault();
    remember();
    say("", form.dataset.offline);
    return later(TRY_AGAIN_AFTER);
  }
  if (saving) {
    // What is on its way arrives first, so that the form sends the version it made.
    event.preventDefault();
    const by = event.submitter;
    saving.then(() => form.requestSubmit(by));
    return;
  }
  if (changed) remember();
  changed = false;
  // keys.js drops the copy on the next page, unless that is this form again with what was typed.
  if (last !== "preview" && !last?.includes("-source")) sessionStorage.setItem("demain:sent", kept);
});
window.addEventListener("beforeunload", (event) => {
  if (changed) event.preventDefault();
});
if (form.elements.body.value.trim()) show();
