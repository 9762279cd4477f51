// Before Tab is pressed: which controls there are, and how each looks. Answers how many.
const looks = (element) => {
  const style = getComputedStyle(element);
  return [style.outline, style.outlineOffset, style.boxShadow, style.border, style.background, style.textDecoration].join('|');
};
const selector = 'a[href], button, input, select, textarea, summary, [tabindex="0"]';
document.activeElement?.blur();
const shown = (element) => element.checkVisibility() && element.getClientRects().length > 0;
// Of a group of radio buttons, Tab reaches one.
const first = (element) => element.type !== 'radio' || element.checked
  || (!document.querySelector(`[name="${element.name}"]:checked`) && element === document.querySelector(`[name="${element.name}"]`));
const controls = [...document.querySelectorAll(selector)].filter((element) =>
  shown(element) && !element.disabled && element.type !== 'hidden' && element.tabIndex >= 0 && first(element));
const before = new Map(controls.map((element) => [element, looks(element)]));
const reached = new Set();
const unseen = new Set();
const reach = () => {
  const element = document.activeElement;
  if (!before.has(element)) return;
  reached.add(element);
  const box = element.getBoundingClientRect();
  const outline = getComputedStyle(element);
  const marked = outline.outlineStyle !== 'none' && parseFloat(outline.outlineWidth) >= 1;
  // The parts of a date show the focus themselves, where no page sees it.
  if (!marked && element.type !== 'date' && looks(element) === before.get(element)) unseen.add(element);
  if (box.bottom < 0 || box.top > innerHeight || box.right < 0) unseen.add(element);
};
// When the key is let go, the page has scrolled to where the focus is.
addEventListener('keyup', reach, true);
const name = (element) => element.outerHTML.slice(0, 120);
window.unreached = () => {
  removeEventListener('keyup', reach, true);
  return [
    ...controls.filter((element) => !reached.has(element)).map((element) => `Tab does not reach ${name(element)}`),
    ...[...unseen].map((element) => `one does not see the focus at ${name(element)}`),
  ];
};
// From the top of the page.
getSelection()?.removeAllRanges();
scrollTo(0, 0);
const start = document.createElement('span');
start.tabIndex = -1;
document.body.prepend(start);
start.focus();
start.remove();
// A date has a stop for each of its parts, and one for the calendar.
return controls.length + 4 * controls.filter((element) => element.type === 'date').length;
