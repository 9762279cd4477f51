// How a page must be built, whoever made it: what is wrong, as a list of sentences.
const wrong = [];
const all = (selector) => [...document.querySelectorAll(selector)];
const count = (what, found, wanted) => {
  if (found !== wanted) wrong.push(`${found} ${what} instead of ${wanted}`);
};

count('h1', all('h1').length, 1);
count('main', all('main').length, 1);
count('stylesheets', all('link[rel~="stylesheet"]').length, 1);
count('stylesheets in force', document.styleSheets.length, 1);
if (!document.title.trim()) wrong.push('no title');
if (!document.documentElement.lang) wrong.push('no language');

const root = document.scrollingElement;
if (root.scrollWidth > root.clientWidth) {
  const wide = all('body *').filter((element) => element.getBoundingClientRect().right > root.clientWidth + 1);
  const names = wide.slice(0, 3).map((element) => element.outerHTML.slice(0, 120));
  wrong.push(`${root.scrollWidth} pixels wide in ${root.clientWidth}: ${names.join(' … ')}`);
}

const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (texts.nextNode()) {
  const text = texts.currentNode;
  if (text.data.trim().length < 5) continue;
  const range = document.createRange();
  range.selectNodeContents(text);
  const { width, height } = range.getBoundingClientRect();
  const size = parseFloat(getComputedStyle(text.parentElement).fontSize);
  if (width < 5 * size && height > 7 * size) wrong.push(`a column too narrow for its text: ${text.data.trim().slice(0, 80)}`);
}

for (const script of all('script')) {
  if (!script.src) wrong.push('a script inside the page');
  else if (!script.defer && !script.async && script.type !== 'module') wrong.push(`${script.src} blocks rendering`);
}
for (const element of all('style, [style]')) wrong.push(`style inside the page: ${element.outerHTML.slice(0, 120)}`);
for (const element of all('*')) {
  for (const { name } of element.attributes) if (name.startsWith('on')) wrong.push(`${name} at ${element.tagName}`);
}

const ids = all('[id]').map((element) => element.id);
for (const id of new Set(ids)) if (ids.filter((own) => own === id).length > 1) wrong.push(`the id ${id} stands twice`);
for (const form of all('form[method="post"]')) {
  if (new URL(form.action).origin !== location.origin) wrong.push(`a form posts to ${form.action}`);
}
for (const field of all('input[type="password"]')) {
  if (!['current-password', 'new-password'].includes(field.autocomplete)) wrong.push(`${field.name} is no password to a password manager`);
}
for (const field of all('input[type="text"], input[type="email"], input:not([type])')) {
  if (!field.getAttribute('autocomplete')) wrong.push(`${field.name} says nothing to a browser that fills in`);
}
for (const element of all('[src], link[href]')) {
  const url = new URL(element.src || element.href);
  if (url.origin !== location.origin && url.protocol !== 'data:') wrong.push(`${url} is of another site`);
}
return wrong;
