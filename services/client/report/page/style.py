"""How the page looks: one style sheet, for light and dark, from the width of a phone to that of paper."""

_LIGHT = """
  --page: #ffffff; --card: #f6f8fa; --text: #1f2328; --quiet: #59636e; --rule: #d1d9e0; --grid: #e7ebef;
  --latency: #0969da; --service: #bc4c00; --max: #8c959f; --p50: #54aeff; --bad: #cf222e; --note: #9a6700;
  --few: #8c959f1f; --area: #0969da1a;
"""
_DARK = """
  --page: #0d1117; --card: #151b23; --text: #f0f6fc; --quiet: #9198a1; --rule: #3d444d; --grid: #21262d;
  --latency: #4493f8; --service: #f0883e; --max: #7d8590; --p50: #a5d6ff; --bad: #f85149; --note: #d29922;
  --few: #7d85901f; --area: #4493f82b;
"""

STYLE = f"""
:root {{ color-scheme: light dark; {_LIGHT} }}
@media (prefers-color-scheme: dark) {{ :root {{ {_DARK} }} }}
* {{ box-sizing: border-box }}
body {{
  margin: 0; background: var(--page); color: var(--text); font-variant-numeric: tabular-nums;
  font: 15px/1.5 -apple-system, "Segoe UI", "Noto Sans", Helvetica, Arial, sans-serif;
}}
main {{ max-width: 944px; margin: 0 auto; padding: 40px 32px 56px }}
h1 {{ font-size: 26px; line-height: 1.2; margin: 0 0 4px; letter-spacing: -.01em }}
h2 {{ font-size: 17px; margin: 44px 0 10px }}
p {{ margin: 0 0 10px; max-width: 72ch }}
.quiet, figcaption {{ color: var(--quiet) }}
.figures {{ display: grid; grid-template-columns: repeat(auto-fit, minmax(132px, 1fr)); gap: 1px; margin: 26px 0 22px;
  border: 1px solid var(--rule); border-radius: 8px; overflow: hidden }}
.figures div {{ box-shadow: 0 0 0 1px var(--rule); padding: 12px 14px }}
.figures dt {{ color: var(--quiet); font-size: 13px }}
.figures dd {{ margin: 2px 0 0; font-size: 21px; font-weight: 600; line-height: 1.25 }}
.figures small {{ display: block; font-size: 13px; font-weight: 400; color: var(--quiet) }}
.notes {{ margin: 22px 0 0; padding: 12px 16px 12px 34px; border-left: 3px solid var(--note); background: var(--card);
  border-radius: 0 6px 6px 0 }}
.notes li + li {{ margin-top: 5px }}
figure {{ margin: 0 }}
figcaption {{ font-size: 13px; max-width: 96ch; margin: 4px 0 18px }}
.legend {{ display: flex; flex-wrap: wrap; gap: 4px 22px; font-size: 13px; color: var(--quiet); margin: 0 0 6px }}
.legend i {{ display: inline-block; width: 22px; height: 0; border-top: 2.5px solid; vertical-align: middle;
  margin-right: 8px }}
.legend .service {{ border-top-style: dashed }}
.scroll {{ overflow-x: auto }}
table {{ border-collapse: collapse; width: 100%; font-size: 14px }}
.percentiles table {{ max-width: 640px }}
th, td {{ padding: 5px 0 5px 18px; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--grid) }}
th:first-child {{ padding-left: 0; text-align: left }}
thead th {{ color: var(--quiet); font-weight: 500; border-bottom-color: var(--rule) }}
tbody th {{ font-weight: 500 }}
td.bad, .bad {{ color: var(--bad) }}
td.strip {{ width: 190px; padding-top: 2px; padding-bottom: 2px }}
dl.facts {{ display: grid; grid-template-columns: repeat(auto-fill, minmax(200px, 1fr)); gap: 0 32px; margin: 0;
  font-size: 14px }}
dl.facts div {{ display: flex; justify-content: space-between; gap: 12px; padding: 5px 0;
  border-bottom: 1px solid var(--grid) }}
dl.facts dt {{ color: var(--quiet) }}
dl.facts dd {{ margin: 0; overflow-wrap: anywhere; text-align: right }}
h3 {{ font-size: 13px; font-weight: 500; color: var(--quiet); margin: 18px 0 2px }}
footer {{ margin-top: 48px; padding-top: 14px; border-top: 1px solid var(--rule); font-size: 13px;
  color: var(--quiet) }}
svg {{ display: block; width: 100%; height: auto; overflow: visible }}
svg text {{ fill: var(--text); font-size: 12.5px }} svg .quiet {{ fill: var(--quiet) }}
svg .small {{ font-size: 11.5px }} svg .strong {{ font-weight: 600 }}
svg .end {{ text-anchor: end }} svg .middle {{ text-anchor: middle }}
svg .grid {{ stroke: var(--grid) }} svg .axis {{ stroke: var(--rule) }}
svg .curve {{ fill: none; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round }}
svg .few {{ fill: var(--few) }} svg .error {{ fill: var(--bad) }} svg .hint {{ fill: transparent }}
svg.narrow {{ display: none }}
svg .requested {{ stroke: var(--quiet); stroke-dasharray: 5 4 }}
svg .area {{ fill: var(--area) }}
.curve.latency, .curve.p99, .legend .latency {{ stroke: var(--latency); border-color: var(--latency) }}
.curve.service, .legend .service {{ stroke: var(--service); border-color: var(--service) }}
svg .curve.service {{ stroke-dasharray: 6 4 }}
.curve.p50 {{ stroke: var(--p50) }} svg .curve.max {{ stroke: var(--max); stroke-width: 1.25 }}
.dot.latency, .dot.p99 {{ fill: var(--latency) }} .dot.service {{ fill: var(--service) }}
svg .hollow {{ fill: var(--page); stroke-width: 2 }} .hollow.p99 {{ stroke: var(--latency) }}
.hollow.p50 {{ stroke: var(--p50) }} .hollow.max {{ stroke: var(--max) }}
.dot.p50 {{ fill: var(--p50) }} .dot.max {{ fill: var(--max) }}
.point {{ outline: none }} .point .told {{ display: none }}
.point:hover .told, .point:focus .told {{ display: block }}
.point:hover .hint, .point:focus .hint {{ fill: var(--few) }}
svg:has(.point:hover) .point:focus:not(:hover) .told {{ display: none }}
/* The charts shrink with the page; their words should not. */
@media (max-width: 940px) {{ svg text {{ font-size: 15px }} svg .small {{ font-size: 15px }} }}
@media (max-width: 720px) {{
  main {{ padding: 24px 18px 40px }}
  svg.wide {{ display: none }} svg.narrow {{ display: block; max-width: 540px }}
  svg text {{ font-size: 12.5px }} svg .small {{ font-size: 12px }}
}}
@media print {{ main {{ max-width: none; padding: 0 }} section {{ break-inside: avoid }} }}
"""
