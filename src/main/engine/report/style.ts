/** @file The look of the report: one column, quiet, blue for what came out and grey for what went in. */

export const style = `
:root {
  color-scheme: light dark;
  --page: #fbfaf7; --card: #ffffff; --ink: #1b1d21; --soft: #5b616b; --faint: #8b919b; --line: #e4e2dc; --grid: #ecebe6;
  --student: #1f57d6; --teacher: #b3620b; --other: #5b7f86; --before: #9aa0aa; --wash: #eef3fe; --warn: #a4390f;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #131417; --card: #1b1d21; --ink: #ebecee; --soft: #a7adb7; --faint: #7c828c; --line: #2d3036; --grid: #26292e;
    --student: #7ea6ff; --teacher: #f0a350; --other: #83b3bb; --before: #6f7682; --wash: #1d2740; --warn: #ff9b73;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 15px/1.55 ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Liberation Sans", Arial, sans-serif; -webkit-text-size-adjust: 100%; }
main { max-width: 1128px; margin: 0 auto; padding: 56px 32px 72px; }
h1 { margin: 0; font-size: 34px; line-height: 1.15; letter-spacing: -0.022em; font-weight: 680; text-wrap: balance; }
h2 { margin: 0 0 6px; font-size: 21px; line-height: 1.25; letter-spacing: -0.012em; font-weight: 650; }
h3 { margin: 0; font-size: 14px; font-weight: 620; }
p { margin: 0; max-width: 72ch; text-wrap: pretty; }
section { margin-top: 60px; }
section > p { color: var(--soft); }
code, .path { font: 12.5px/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", "Liberation Mono", monospace; overflow-wrap: anywhere; }
.meta { margin-top: 10px; max-width: none; color: var(--soft); }
.meta + .meta { margin-top: 2px; }
.note { color: var(--soft); font-size: 13px; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); margin: 34px 0 0; border-block: 1px solid var(--line); }
.figures div { padding: 18px 20px 16px 0; }
.figures div + div { padding-left: 20px; border-left: 1px solid var(--line); }
.figures dt { color: var(--soft); font-size: 13px; }
.figures dd { margin: 2px 0 0; font-size: 30px; line-height: 1.2; font-weight: 640; letter-spacing: -0.02em; font-variant-numeric: tabular-nums; }
.figures dd + dd { font-size: 13px; font-weight: 400; letter-spacing: 0; color: var(--soft); }
.figures .main { color: var(--student); }
.groups { display: flex; flex-wrap: wrap; gap: 30px 36px; margin-top: 24px; }
.group { min-width: 0; break-inside: avoid; }
.group header { display: flex; gap: 10px; align-items: baseline; margin-bottom: 10px; }
.group header span { color: var(--faint); font-size: 12.5px; font-variant-numeric: tabular-nums; }
.members { display: flex; flex-wrap: wrap; gap: 14px 12px; }
figure { margin: 0; width: 120px; }
figure img, figure .blank { display: block; width: 120px; height: 120px; border-radius: 6px; background: var(--grid); object-fit: cover; }
figure .blank { display: grid; place-items: center; padding: 8px; text-align: center; color: var(--faint); font-size: 12px; }
figure.keep img, figure.keep .blank { outline: 3px solid var(--student); outline-offset: -3px; }
figure.drop img { opacity: 0.82; }
figcaption { margin-top: 6px; font-size: 12px; line-height: 1.4; color: var(--soft); }
figcaption b { display: block; color: var(--ink); font-weight: 560; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
figcaption i { font-style: normal; display: -webkit-box; -webkit-line-clamp: 2; -webkit-box-orient: vertical; overflow: hidden; overflow-wrap: anywhere; }
figcaption b, figcaption i, .path, td { unicode-bidi: isolate; }
figcaption span { color: var(--faint); font-variant-numeric: tabular-nums; }
figcaption .kept { color: var(--student); font-weight: 560; }
.more { display: grid; place-items: center; width: 120px; height: 120px; border: 1px dashed var(--before); border-radius: 6px; color: var(--soft); font-size: 13px; }
.scroll { overflow-x: auto; margin-top: 20px; }
.scroll > svg { min-width: 720px; }
svg { display: block; width: 100%; height: auto; }
.grid { stroke: var(--grid); stroke-width: 1; }
.tick { fill: var(--faint); font-size: 11px; font-variant-numeric: tabular-nums; }
.drop { stroke: var(--before); stroke-width: 1.5; }
svg .before { fill: var(--page); stroke: var(--before); stroke-width: 1.6; }
svg .after { fill: var(--student); }
.key { display: flex; flex-wrap: wrap; gap: 6px 22px; margin-top: 14px; font-size: 13px; color: var(--soft); }
.key span::before { content: ""; display: inline-block; width: 10px; height: 10px; margin-right: 7px; border-radius: 50%; background: var(--mark); border: 2px solid var(--mark); vertical-align: -1px; box-sizing: border-box; }
.key .hollow::before { background: transparent; }
.key .bar::before { width: 2px; height: 13px; border: 0; border-radius: 0; vertical-align: -2px; }
.run { margin-top: 22px; }
.run + .run { margin-top: 48px; }
.run > h3 { font-size: 16px; }
.run table { max-width: 660px; margin-top: 26px; }
.run > .note { margin-top: 2px; }
.panels { display: grid; grid-template-columns: repeat(auto-fill, minmax(246px, 1fr)); gap: 26px 28px; margin-top: 20px; }
.panel { break-inside: avoid; min-width: 0; }
.panel header { display: flex; justify-content: space-between; gap: 8px; margin-bottom: 4px; }
.panel header span { color: var(--soft); font-size: 13px; font-variant-numeric: tabular-nums; white-space: nowrap; }
.raw { fill: none; stroke: var(--student); stroke-opacity: 0.28; stroke-width: 1; }
.smooth { fill: none; stroke: var(--student); stroke-width: 1.8; stroke-linejoin: round; }
.end { fill: var(--student); }
.teacher .raw { stroke: var(--teacher); } .teacher .smooth { stroke: var(--teacher); } .teacher .end { fill: var(--teacher); }
table { border-collapse: collapse; width: 100%; margin-top: 18px; font-variant-numeric: tabular-nums; }
th { text-align: left; font-weight: 560; font-size: 13px; color: var(--soft); }
th, td { padding: 8px 20px 8px 0; border-bottom: 1px solid var(--line); vertical-align: middle; }
td:first-child { white-space: nowrap; }
th:last-child, td:last-child { padding-right: 0; }
.number { text-align: right; white-space: nowrap; }
.many .number span, .many .number small { display: block; }
.many th.number { white-space: normal; overflow-wrap: break-word; max-width: 130px; }
td.reason { white-space: normal; overflow-wrap: anywhere; }
tr.group-row td { white-space: normal;  padding-top: 22px; font-weight: 620; font-size: 13.5px; }
.student-text { color: var(--student); font-weight: 620; } .teacher-text { color: var(--teacher); font-weight: 620; } .other-text { color: var(--other); font-weight: 620; }
.track { width: 44%; min-width: 220px; }
.track svg { height: 22px; }
.track .axis { stroke: var(--line); stroke-width: 2; }
.track .chance { stroke: var(--soft); stroke-width: 2; }
.track [class^=range] { stroke-width: 3; stroke-opacity: 0.35; }
.range-student { stroke: var(--student); } .range-teacher { stroke: var(--teacher); } .range-other { stroke: var(--other); }
.dot-student { fill: var(--student); } .dot-teacher { fill: var(--teacher); } .dot-other { fill: var(--other); }
.files { margin: 18px 0 0; display: grid; grid-template-columns: minmax(140px, max-content) 1fr; gap: 12px 28px; }
.files dt { font-weight: 560; }
.files dd { margin: 0; min-width: 0; }
.files dd code { display: block; margin-top: 4px; padding: 7px 11px; border-radius: 6px; background: var(--wash); }
details { margin-top: 16px; }
summary { cursor: pointer; color: var(--soft); }
pre { margin: 12px 0 0; padding: 18px 20px; border: 1px solid var(--line); border-radius: 8px; background: var(--card); overflow-x: auto; font: 12.5px/1.55 ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", "Liberation Mono", monospace; }
footer { margin-top: 64px; padding-top: 16px; border-top: 1px solid var(--line); color: var(--faint); font-size: 13px; }
@media (max-width: 640px) {
  main { padding: 32px 18px 48px; }
  h1 { font-size: 27px; }
  section { margin-top: 46px; }
  .figures { grid-template-columns: 1fr 1fr; }
  .figures div { padding-left: 0; } .figures div + div { border-left: 0; padding-left: 0; }
  .files { grid-template-columns: 1fr; gap: 2px; } .files dd { margin-bottom: 14px; }
  .track { display: none; }
}
@media print {
  :root { --page: #fff; --card: #fff; --ink: #111; --soft: #444; --faint: #666; --line: #ccc; --grid: #e8e8e8;
    --student: #1f57d6; --teacher: #a3570a; --other: #4a6b71; --before: #888; --wash: #f2f5fc; }
  body { font-size: 10.5pt; -webkit-print-color-adjust: exact; print-color-adjust: exact; }
  main { max-width: none; padding: 0; }
  section { margin-top: 32px; }
  h2, h3 { break-after: avoid; }
  .groups { gap: 20px; } .members { gap: 10px 8px; }
  figure, figure img, figure .blank, .more { width: 80px; } figure img, figure .blank, .more { height: 80px; }
  .panels { grid-template-columns: repeat(3, 1fr); }
  .scroll { overflow: visible; } .scroll > svg { min-width: 0; }
  pre { white-space: pre-wrap; overflow-wrap: anywhere; }
}
`;
