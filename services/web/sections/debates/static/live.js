/* A debate that is open on a page follows what is said in it. The server tells ids over server-sent events; what they
   say is asked for then, as this reader may see it. Without this the page is read again to see what is new. */

const page = document.querySelector("[data-live]");
const fresh = page.querySelector("[data-fresh]");
let source = null;
let since = page.dataset.since;
let unseen = 0;
/* One after the other, so that what was said last stands first whichever answer comes first. */
let turn = Promise.resolve();

function open() {
  source = new EventSource(`${page.dataset.live}?depuis=${encodeURIComponent(since)}`);
  source.addEventListener("said", (event) => then(() => said(JSON.parse(event.data), event.lastEventId)));
  source.addEventListener("gone", (event) => then(() => gone(JSON.parse(event.data))));
  source.onopen = () => page.setAttribute("data-following", "");
  source.onerror = () => page.removeAttribute("data-following");
}

function then(work) {
  turn = turn.then(work).catch(() => {});
}

async function ask(id) {
  const address = `${page.dataset.piece}${id}/morceau?retour=${encodeURIComponent(page.dataset.back)}`;
  const answer = await fetch(address);
  if (!answer.ok || answer.redirected) return null;
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

async function said(one, instant) {
  if (instant) since = instant;
  const known = document.getElementById(`argument-${one.id}`);
  if (known && !one.edited) return;
  const piece = await ask(one.id);
  const article = piece?.querySelector(`[data-argument="${one.id}"]`);
  if (!article) return;
  count(piece);
  if (known) {
    known.replaceWith(article);
    return;
  }
  const place = one.answers
    ? page.querySelector(`[data-replies="${one.answers}"]`)
    : page.querySelector(`[data-column="${article.closest("li").dataset.position}"]`);
  if (!place) return;
  const item = article.closest("li");
  item.classList.add("arrived");
  place.hidden = false;
  if (one.answers) place.append(item);
  else place.prepend(item);
  announce();
}

async function gone(one) {
  const known = document.getElementById(`argument-${one.id}`);
  if (!known) return;
  const piece = await ask(one.id);
  const article = piece?.querySelector(`[data-argument="${one.id}"]`);
  if (article) {
    known.replaceWith(article);
    page.querySelector(`[data-replies="${one.id}"]`)?.replaceChildren();
    count(piece);
  } else {
    known.closest("li")?.remove();
  }
}

function count(piece) {
  const bar = piece.querySelector("[data-bar]");
  const old = page.querySelector("[data-bar]");
  if (!bar || !old) return;
  old.replaceWith(bar);
  const counted = [...bar.querySelectorAll("td")].map((cell) => cell.firstChild.textContent.trim());
  ["for", "against", "nuance"].forEach((position, at) => {
    const shown = page.querySelector(`[data-count="${position}"]`);
    if (shown) shown.textContent = counted[at];
  });
}

function announce() {
  if (!fresh) return;
  unseen += 1;
  fresh.textContent = unseen === 1 ? fresh.dataset.one : fresh.dataset.many;
  fresh.hidden = false;
}

/* A page nobody looks at asks for nothing; when it is looked at again, it catches up. */
document.addEventListener("visibilitychange", () => {
  if (document.hidden) source?.close();
  else if (source?.readyState === EventSource.CLOSED) open();
});
addEventListener("pagehide", () => source?.close());
addEventListener("pageshow", (event) => event.persisted && open());
open();
