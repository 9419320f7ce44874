// Updates a part of the page to match a newer version. Equal nodes are kept, and with them focus,
// selection and scroll position.

export function morph(old, fresh) {
  if (old.nodeType !== fresh.nodeType || old.nodeName !== fresh.nodeName) {
    old.replaceWith(fresh.cloneNode(true));
  } else if (old.nodeType === Node.ELEMENT_NODE) {
    morphAttributes(old, fresh);
    morphChildren(old, fresh);
  } else if (old.nodeValue !== fresh.nodeValue) {
    old.nodeValue = fresh.nodeValue;
  }
}

function morphAttributes(old, fresh) {
  for (const { name } of [...old.attributes]) {
    // Keep <details> open or closed.
    if (!fresh.hasAttribute(name) && name !== "open") old.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    if (name !== "open" && old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
}

// Rows have a `data-key`, so that a new one at the top does not change all others.
function morphChildren(old, fresh) {
  const keyed = new Map();
  for (const child of old.children) {
    if (child.dataset.key) keyed.set(child.dataset.key, child);
  }
  let place = old.firstChild;
  for (const child of fresh.childNodes) {
    const known = keyed.get(child.dataset?.key);
    if (known) {
      if (known !== place) old.insertBefore(known, place);
      morph(known, child);
      place = known.nextSibling;
    } else if (place === null || place.dataset?.key || child.dataset?.key) {
      old.insertBefore(child.cloneNode(true), place);
    } else {
      const next = place.nextSibling;
      morph(place, child);
      place = next;
    }
  }
  while (place !== null) {
    const next = place.nextSibling;
    place.remove();
    place = next;
  }
}
