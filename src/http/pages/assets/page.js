// What pages do better with script. None needs it: every form and link works without.
'use strict';

// A button that copies a field.
for (const button of document.querySelectorAll('[data-copies]')) {
  button.hidden = false;
  button.addEventListener('click', async () => {
    const field = document.getElementById(button.dataset.copies);
    field.select();
    const told = button.nextElementSibling;
    try {
      await navigator.clipboard.writeText(field.value);
      button.textContent = button.dataset.done;
      told.textContent = button.dataset.done;
    } catch {
      // Not allowed, or not there without https: the field is selected.
      told.textContent = button.dataset.failed;
      field.focus();
    }
  });
}

// A button that shows what was typed as a password.
for (const button of document.querySelectorAll('[data-reveals]')) {
  const field = document.getElementById(button.dataset.reveals);
  const hidden = button.textContent;
  button.hidden = false;
  // Its words say what it does next; what it shows, its field says.
  button.setAttribute('aria-controls', field.id);
  button.addEventListener('click', () => {
    const show = field.type === 'password';
    field.type = show ? 'text' : 'password';
    button.textContent = show ? button.dataset.shown : hidden;
    field.focus();
  });
  // A password is sent, and remembered, as a password.
  field.form?.addEventListener('submit', () => { field.type = 'password'; });
}

// A field that is selected as soon as the browser puts the focus there. To select it here would take the focus, and the browser
// complain that the page wants it too.
for (const field of document.querySelectorAll('[data-selected]')) {
  if (document.activeElement === field) field.select();
  else field.addEventListener('focus', () => field.select(), { once: true });
}

// A form is sent once; the button that sent it says that it works, and none can be pressed any more.
// One listener for all, those included that a search puts in place later.
document.addEventListener('submit', (event) => {
  const form = event.target;
  if (!form.matches('[method="post"]')) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = 'yes';
  // After the form is sent: a disabled button would not send its own value.
  setTimeout(() => {
    for (const button of form.querySelectorAll('button:not([type="button"])')) {
      button.dataset.says = button.textContent;
      if (button === event.submitter) button.textContent = document.body.dataset.working;
      button.disabled = true;
    }
  });
});
// Back from the next page, the form is as it was.
addEventListener('pageshow', () => {
  for (const form of document.querySelectorAll('form[data-sent]')) delete form.dataset.sent;
  for (const button of document.querySelectorAll('button[data-says]')) {
    button.textContent = button.dataset.says;
    button.disabled = false;
    delete button.dataset.says;
  }
});

// A form that needs nobody to press its button.
for (const form of document.querySelectorAll('form[data-sends-itself]')) form.requestSubmit();

// A search that answers while one types: its form's address, and what it finds put in place. How many that is, is said.
for (const form of document.querySelectorAll('form[data-finds]')) {
  let waiting;
  let asked = 0;
  const find = async () => {
    const address = new URL(form.action);
    address.search = new URLSearchParams(new FormData(form)).toString();
    const mine = ++asked;
    try {
      const answer = await fetch(address, { headers: { accept: 'text/html' } });
      const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
      if (mine !== asked) return;
      const [found, count] = ['', '-count'].map((part) => page.getElementById(form.dataset.finds + part));
      // Signed out meanwhile, or the server is away: its page says so.
      if (!found) return location.assign(answer.url);
      document.getElementById(found.id).replaceChildren(...found.childNodes);
      document.getElementById(count.id).textContent = count.textContent;
      for (const fault of form.querySelectorAll('.fault')) fault.remove();
      for (const field of form.querySelectorAll('[aria-invalid]')) field.removeAttribute('aria-invalid');
      // Where the answer came from: what must not stand in an address was led away from it.
      history.replaceState(null, '', answer.url);
    } catch {
      // The connection is lost: the browser says so.
      if (mine === asked) form.submit();
    }
  };
  const stop = () => {
    clearTimeout(waiting);
    asked++;
  };
  // Whoever leaves the page waits for no answer.
  addEventListener('beforeunload', stop);
  form.addEventListener('input', () => {
    stop();
    waiting = setTimeout(find, 200);
  });
}
