// The page without what differs from one time to the next: its language, names and attributes of elements, no texts.
const shape = (element) => {
  const kept = [...element.attributes].filter(({ name }) => !['value', 'href', 'datetime', 'title', 'id', 'for'].includes(name));
  const attributes = kept.map(({ name, value }) => `${name}=${value}`).join(' ');
  const children = [...element.children].map(shape);
  return `${element.localName} ${attributes}(${[...new Set(children)].join('')})`;
};
return `${document.documentElement.lang} ${shape(document.body)}`;
