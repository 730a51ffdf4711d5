// Gives the first paint its language and the configured name, before the page itself has loaded.

const chosen = /[#&]lang=(fa|en)/.exec(location.hash)?.[1];
const lang = chosen ?? (navigator.languages.some((one) => /^fa/i.test(one)) ? 'fa' : 'en');
Object.assign(document.documentElement, { lang, dir: lang === 'fa' ? 'rtl' : 'ltr' });
fetch('/config.json', { credentials: 'same-origin', mode: 'cors' })
  .then((response) => response.json())
  .then(({ theme }) => {
    const name = document.querySelector('.first h1');
    if (name && theme?.name?.[lang]) name.textContent = theme.name[lang];
  })
  // The page itself reports a configuration that cannot be read.
  .catch(() => undefined);
