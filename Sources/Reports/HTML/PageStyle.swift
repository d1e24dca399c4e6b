/// The style of a page.
enum PageStyle {
  static let text: StaticString = """
    :root { color-scheme: light dark; --page: #ffffff; --text: #1f2328; --quiet: #59636e;
      --line: #d1d9e0; --card: #f6f8fa; --good: #1a7f37; --warn: #8a5a00; --bad: #cf222e;
      --plain: #0550ae; --bar: #54aeff; --here: #fff3c4; }
    @media (prefers-color-scheme: dark) {
      :root { --page: #0d1117; --text: #e6edf3; --quiet: #9198a1; --line: #3d444d; --card: #151b23;
        --good: #3fb950; --warn: #d29922; --bad: #ff7b72; --plain: #79c0ff; --bar: #388bfd;
        --here: #4d3d00; }
    }
    * { box-sizing: border-box; }
    [hidden] { display: none !important; }
    body { margin: 0 auto; padding: 1.25rem; max-width: 72rem; background: var(--page);
      color: var(--text); font: 15px/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
    code, .key, summary, h1, .number, pre { font-family: ui-monospace, 'DejaVu Sans Mono', monospace; }
    .command { margin: 0; color: var(--quiet); font-size: .85rem; }
    h1 { margin: 0 0 1rem; font-size: 1.15rem; line-height: 1.35; }
    h2 { margin: 0 0 .6rem; font-size: 1rem; }
    section { margin: 0 0 1.75rem; }
    section > ul { margin: 0; padding-left: 1.2rem; }
    .verdict { display: flex; gap: .8rem; align-items: flex-start; padding: .8rem 1rem;
      background: var(--card); border: 1px solid var(--line); border-left: .4rem solid var(--tone);
      border-radius: .4rem; font-size: 1.05rem; }
    .verdict p { margin: 0; }
    .verdict strong { color: var(--tone); }
    .verdict .mark { flex: none; width: 1.6em; height: 1.6em; line-height: 1.6em; text-align: center;
      border-radius: 50%; background: var(--tone); color: var(--page); font-weight: 700; }
    .good { --tone: var(--good); } .warn { --tone: var(--warn); } .bad { --tone: var(--bad); }
    .plain { --tone: var(--plain); }
    dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 19rem), 1fr));
      gap: .4rem 2rem; margin: 0 0 1.75rem; }
    dl > .wide { grid-column: 1 / -1; }
    dl > div { display: flex; gap: .6rem; }
    dt { flex: none; width: 8rem; color: var(--quiet); }
    dd { margin: 0; }
    .scroll { overflow-x: auto; }
    table { border-collapse: collapse; width: 100%; font-size: .9rem; }
    th, td { padding: .3rem .6rem; border-bottom: 1px solid var(--line); text-align: right;
      white-space: nowrap; }
    th { color: var(--quiet); font-weight: 600; }
    th:first-child, td:first-child { text-align: left; }
    tr.bad td { color: var(--bad); }
    svg { display: inline-block; vertical-align: middle; }
    svg .track { fill: var(--line); } svg .fill { fill: var(--tone, var(--bar)); }
    svg .limit { stroke: var(--text); stroke-width: 1; }
    svg.curves { width: 100%; height: auto; max-width: 900px; display: block; }
    svg .level { stroke: var(--line); } svg .mark { stroke: var(--tone); stroke-width: 2; }
    svg .line { fill: none; stroke: var(--text); stroke-width: 1.5; }
    svg .broken { stroke-dasharray: 5 3; }
    li.key > .state { order: -2; } li.key > svg, summary > svg { order: -1; }
    summary::before { order: -2; }
    .histogram { width: 6rem; height: 1.2rem; } .histogram path { fill: var(--bar); }
    #controls { position: sticky; top: 0; z-index: 1; padding: .6rem 0; background: var(--page);
      display: flex; flex-wrap: wrap; gap: .5rem .9rem; align-items: center; }
    #filter { flex: 1 1 14rem; min-width: 0; padding: .45rem .7rem; font: inherit;
      color: inherit; background: var(--card); border: 1px solid var(--line); border-radius: .4rem; }
    button { padding: .45rem .7rem; font: inherit; color: inherit; background: var(--card);
      border: 1px solid var(--line); border-radius: .4rem; cursor: pointer; }
    :focus-visible { outline: 2px solid var(--plain); outline-offset: 1px; }
    #found { color: var(--quiet); }
    label { display: inline-flex; gap: .35rem; align-items: center; }
    ul.tree, ul.tree ul { list-style: none; margin: 0; padding: 0; font-size: .9rem; }
    ul.tree ul { margin-left: .45rem; padding-left: .9rem; border-left: 1px solid var(--line); }
    summary { display: flex; flex-wrap: wrap; gap: .1rem .7rem; align-items: baseline;
      padding: .2rem 0; cursor: pointer; list-style: none; }
    summary::-webkit-details-marker { display: none; }
    summary::before { content: '▸'; color: var(--quiet); width: .8em; }
    details[open] > summary::before { content: '▾'; }
    li.key { display: flex; flex-wrap: wrap; gap: .1rem .7rem; align-items: baseline;
      padding: .12rem .2rem .12rem 1.2em; border-radius: .3rem; }
    li.key.here { background: var(--here); }
    .state { flex: none; color: var(--tone); font-weight: 700; }
    .note { color: var(--quiet); font-family: system-ui, sans-serif; font-size: .85rem; }
    .number { color: var(--quiet); font-size: .85rem; }
    .maps { display: flex; flex-wrap: wrap; gap: 1rem; margin: 0; }
    .maps figure { flex: 0 1 11rem; margin: 0; }
    .maps img { width: 100%; image-rendering: pixelated; border: 1px solid var(--line); }
    pre { margin: 0; padding: .7rem; background: var(--card); border: 1px solid var(--line);
      border-radius: .4rem; overflow-x: auto; font-size: .85rem; }
    @media (max-width: 40rem) {
      body { padding: .9rem; }
      ul.tree ul { margin-left: .2rem; padding-left: .55rem; }
      .maps figure { flex-basis: calc(50% - .5rem); }
      th, td { padding: .3rem .35rem; } table { font-size: .8rem; }
      #controls { position: static; } #filter { flex-basis: 100%; }
    }
    @media print { #controls { display: none; } }
    """
}
