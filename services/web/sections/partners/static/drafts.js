/* An application's draft saves itself as it is typed. The form works without this. */

const form = document.getElementById("brouillon");
const saved = document.getElementById("enregistre");
const trouble = document.getElementById("ennui");
const SAVE_AFTER = 1500;
const TRY_AGAIN_AFTER = 10000;

let address = form.dataset.save;
let timer = 0;
let typed = 0;
let kept = 0;
let saving = null;

function say(words, worry = "") {
  saved.textContent = words;
  if (trouble.textContent !== worry) trouble.textContent = worry;
}

function later(wait = SAVE_AFTER) {
  clearTimeout(timer);
  if (address) timer = setTimeout(() => { saving ??= save().finally(() => { saving = null; }); }, wait);
}

async function save() {
  const asOf = typed;
  say(form.dataset.saving, trouble.textContent);
  let answer;
  let told;
  try {
    answer = await fetch(address, {
      method: "PATCH",
      headers: { "If-Match": `"${form.elements.version.value}"` },
      body: new URLSearchParams(new FormData(form)),
    });
    told = await answer.json();
  } catch {
    say("", form.dataset.offline);
    return later(TRY_AGAIN_AFTER);
  }
  if (!answer.ok) {
    say("", told.said);
    if (answer.status >= 500) later(TRY_AGAIN_AFTER);
    else if (answer.status !== 422) address = null; // Saving by hand says what is the matter.
    return;
  }
  form.elements.version.value = told.version;
  kept = asOf;
  say(told.said);
  if (typed !== asOf) later();
}

form.addEventListener("input", () => {
  typed += 1;
  later();
});
form.addEventListener("submit", (event) => {
  clearTimeout(timer);
  if (saving) {
    // What is on its way arrives first, so that the form sends the version it made.
    event.preventDefault();
    const by = event.submitter;
    saving.then(() => form.requestSubmit(by));
    return;
  }
  kept = typed;
});
window.addEventListener("online", () => {
  if (address && typed !== kept) later(0);
});
window.addEventListener("beforeunload", (event) => {
  if (typed !== kept) event.preventDefault();
});
