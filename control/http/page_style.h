// The page's style sheet. Colours come in pairs for light and dark; every state also has its word,
// so that none is told by colour alone (WCAG 2.1, 1.4.1); text keeps a contrast of 4.5 at least.
#pragma once

namespace lull {

inline constexpr char kPageStyle[] = R"css(
:root { --ink: #1b1f24; --soft: #59636e; --paper: #fff; --line: #d8dee4; --rail: #e6eaee;
  --good: #1a7f37; --bad: #b42318; --warn: #8a5a00; --blind: #6639ba; --bar: #4b7bb5; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --soft: #9aa5b1; --paper: #0f1419;
  --line: #2b333c; --rail: #222a33; --good: #57c877; --bad: #ff8a80; --warn: #e3b341;
  --blind: #c0a5ff; --bar: #6d9edb; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 76rem; padding: 1.5rem clamp(1rem, 3vw, 2.5rem);
  background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", "Noto Sans", sans-serif; }
.site { display: flex; flex-wrap: wrap; gap: .25rem 1rem; margin: 0; color: var(--soft); }
.site strong { color: var(--ink); }
h1 { margin: .75rem 0; padding-left: .9rem; border-left: .35rem solid; max-width: 52rem;
  font-size: clamp(1.35rem, 1rem + 1.8vw, 2.1rem); line-height: 1.25; font-weight: 650;
  overflow-wrap: anywhere; }
h1.calm { border-color: var(--good); } h1.alarm { border-color: var(--bad); }
h1.waiting { border-color: var(--warn); } h1.blind { border-color: var(--blind); }
.more { margin: .4rem 0 .4rem 1.25rem; max-width: 52rem; }
h2 { margin: 2rem 0 .5rem; font-size: 1.1rem; }
.facts { margin: .2rem 0; color: var(--soft); font-size: .875rem; }
.incidents, .past { margin: 0; padding: 0; list-style: none; }
.incidents > li { margin: .5rem 0; padding: .6rem .9rem; border: 1px solid var(--line);
  border-left: .35rem solid var(--bad); border-radius: .35rem; }
.incidents p { margin: 0; }
.past li { padding: .3rem 0; border-top: 1px solid var(--line); color: var(--soft); }
details { margin-top: .3rem; font-size: .875rem; }
details ul { margin: .3rem 0; padding-left: 1.2rem; }
.wide { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-size: .9375rem; }
th, td { padding: .3rem .6rem .3rem 0; border-top: 1px solid var(--line); text-align: left;
  vertical-align: baseline; }
thead th { border-top: 0; color: var(--soft); font-size: .8125rem; font-weight: 500; }
tbody th { font-weight: 600; }
.port { white-space: nowrap; }
tbody tr:hover { background: var(--rail); }
abbr { text-decoration: none; font-variant-numeric: tabular-nums; }
.name { color: var(--soft); font-weight: 400; }
.n { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
.state.normal { color: var(--good); } .state.outage, .state.partial_outage { color: var(--bad); }
.state.outage, .state.partial_outage, .state.unstable { font-weight: 650; }
.state.unstable, .state.suspect, .state.probation { color: var(--warn); }
.state.blind { color: var(--blind); } .state.learning, .state.insufficient { color: var(--soft); }
.bar { display: inline-block; width: 4.5rem; height: .5rem; margin-right: .6rem;
  background: var(--rail); border-radius: .25rem; overflow: hidden; }
.ratio { display: inline-block; min-width: 3.2em; }
.bar span { display: block; height: 100%; background: var(--bar); }
footer { display: flex; flex-wrap: wrap; justify-content: space-between; gap: .5rem 2rem;
  margin-top: 2.5rem; padding-top: .75rem; border-top: 1px solid var(--line);
  color: var(--soft); font-size: .875rem; }
footer p { margin: 0; } footer a { margin-right: .8rem; color: inherit; }
@media (max-width: 60rem) { .more-room { display: none; } }
@media (max-width: 30rem) { .bar { width: 2.5rem; margin-right: .4rem; }
  th, td { padding-right: .4rem; } table { font-size: .875rem; } }
)css";

}  // namespace lull
