/* What is selected in the text becomes the passage a comment is about, with the words around it. */

const text = document.getElementById("texte");
const form = document.getElementById("commenter");
const AROUND = 200;

document.addEventListener("selectionchange", () => {
  const selection = document.getSelection();
  if (!selection || selection.isCollapsed || !selection.rangeCount) return;
  const range = selection.getRangeAt(0);
  if (!text.contains(range.commonAncestorContainer)) return;
  const before = document.createRange();
  before.setStart(text, 0);
  before.setEnd(range.startContainer, range.startOffset);
  const after = document.createRange();
  after.setStart(range.endContainer, range.endOffset);
  after.setEnd(text, text.childNodes.length);
  form.elements.exact.value = range.toString().slice(0, 5000);
  form.elements.prefix.value = before.toString().slice(-AROUND);
  form.elements.suffix.value = after.toString().slice(0, AROUND);
});
