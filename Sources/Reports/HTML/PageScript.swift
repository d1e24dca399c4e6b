/// The script of a page: it opens and closes the tree, filters the keys and counts the keys left.
///
/// The page shows all of the report without the script.
enum PageScript {
  /// The SHA-256 of ``text`` in Base64, for the page's Content-Security-Policy. With a wrong hash the browser
  /// does not run the script, and `make html-test` fails.
  static let sha256 = "SXNhajqsAMHSpS5NLQDs+a26lV2FC59uTnb6XAoh1pk="

  static let text: StaticString = """
    (() => {
      const controls = document.getElementById('controls');
      if (!controls) return;
      const filter = document.getElementById('filter');
      const found = document.getElementById('found');
      const keys = [...document.querySelectorAll('li.key')];
      const names = keys.map(key => key.dataset.key.toLowerCase());
      const modules = [...document.querySelectorAll('li.module')].reverse();
      const sections = [...document.querySelectorAll('ul.tree')].map(tree => tree.parentElement);
      const states = [...document.querySelectorAll('input[data-state]')];
      let place = -1;

      function apply() {
        const words = filter.value.toLowerCase().split(/\\s+/).filter(Boolean);
        const off = new Set(states.filter(box => !box.checked).map(box => box.dataset.state));
        let count = 0;
        keys.forEach((key, index) => {
          const show = !off.has(key.dataset.state) && words.every(word => names[index].includes(word));
          key.hidden = !show;
          key.classList.remove('here');
          if (show) count += 1;
        });
        for (const section of sections) section.hidden = !section.querySelector('li.key:not([hidden])');
        for (const module of modules) {
          module.hidden = !module.querySelector('li.key:not([hidden])');
          if (words.length && !module.hidden) module.firstElementChild.open = true;
        }
        place = -1;
        found.textContent = words.length || off.size ? count + ' of ' + keys.length : '';
      }

      function next() {
        const shown = keys.filter(key => !key.hidden);
        if (!shown.length) return;
        keys.forEach(key => key.classList.remove('here'));
        place = (place + 1) % shown.length;
        const key = shown[place];
        for (let at = key; at; at = at.parentElement) if (at.tagName === 'DETAILS') at.open = true;
        key.classList.add('here');
        key.scrollIntoView({ block: 'center' });
      }

      function all(open) {
        for (const module of modules) module.firstElementChild.open = open;
      }

      filter.addEventListener('input', apply);
      filter.addEventListener('keydown', event => { if (event.key === 'Enter') next(); });
      for (const box of states) box.addEventListener('change', apply);
      document.getElementById('expand').addEventListener('click', () => all(true));
      document.getElementById('collapse').addEventListener('click', () => all(false));
      document.addEventListener('keydown', event => {
        if (event.key === '/' && document.activeElement !== filter) {
          event.preventDefault();
          filter.focus();
        }
      });
      controls.hidden = false;
      apply();
    })();
    """
}
