// <figure data-chart="id of a JSON block">: drawn by ECharts as SVG, without motion, in the colours of the tokens.
// The same figures stand beside it as a table; the drawing is a picture with a name.
const TONES = { accent: "--accent", run: "--chart-run", green: "--sig-green-fill", amber: "--sig-amber-fill", red: "--sig-red-fill", paused: "--sig-paused-fill" };

function option(spec, name, style) {
  const token = (role) => style.getPropertyValue(role).trim();
  const text = token("--muted");
  const line = token("--line");
  const bars = spec.kind !== "line";
  return {
    animation: false,
    aria: { enabled: true, label: { description: name }, decal: { show: false } },
    textStyle: { fontFamily: style.fontFamily, fontSize: 12, color: text },
    grid: { left: 8, right: 16, top: spec.series.length > 1 ? 36 : 16, bottom: 4, containLabel: true },
    legend: { show: spec.series.length > 1, top: 0, left: 0, icon: "roundRect", itemWidth: 12, itemHeight: 8, textStyle: { color: text } },
    // rich text, not HTML: the strict content policy allows no inline style
    tooltip: { trigger: "axis", renderMode: "richText", backgroundColor: token("--surface"), borderColor: token("--line-strong"), textStyle: { color: token("--text") }, valueFormatter: (value) => `${value ?? "–"}${spec.unit ? ` ${spec.unit}` : ""}` },
    xAxis: { type: "category", data: spec.labels, boundaryGap: bars, axisLine: { lineStyle: { color: line } }, axisTick: { show: false }, axisLabel: { color: text } },
    yAxis: { type: "value", minInterval: spec.whole === false ? 0 : 1, splitLine: { lineStyle: { color: line } }, axisLabel: { color: text, formatter: spec.unit === "%" ? "{value} %" : undefined } },
    series: spec.series.map((series, index) => ({
      name: series.name,
      type: bars ? "bar" : "line",
      stack: spec.kind === "stack" ? "all" : undefined,
      data: series.data,
      barMaxWidth: 28,
      symbol: "circle",
      symbolSize: 6,
      lineStyle: { width: 2, type: series.dashed ? "dashed" : "solid" },
      itemStyle: {
        color: token(TONES[series.tone] || "--accent"),
        // amber is told from green by its pattern too
        decal: series.tone === "amber" ? { symbol: "rect", dashArrayX: [1, 0], dashArrayY: [2, 4], rotation: -Math.PI / 4, color: "rgba(0,0,0,.25)" } : { symbol: "none" },
      },
      markLine: index === 0 && spec.limit !== undefined ? { silent: true, symbol: "none", lineStyle: { color: token("--ink"), type: "dashed", width: 1.5 }, label: { formatter: spec.limit_name || String(spec.limit), color: token("--ink"), position: "insideEndTop" }, data: [{ yAxis: spec.limit }] } : undefined,
    })),
  };
}

function draw(figure) {
  const block = document.getElementById(figure.dataset.chart);
  if (!block || !window.echarts) return;
  const spec = JSON.parse(block.textContent);
  const name = figure.getAttribute("aria-label") || "";
  window.echarts.getInstanceByDom(figure)?.dispose();
  const chart = window.echarts.init(figure, null, { renderer: "svg" });
  chart.setOption(option(spec, name, getComputedStyle(figure))); // of the figure: the wall is dark by itself
  figure.setAttribute("role", "img");
}

function drawAll() {
  for (const figure of document.querySelectorAll("figure[data-chart]")) draw(figure);
}

drawAll();
document.addEventListener("portal:replaced", drawAll);
new MutationObserver(drawAll).observe(document.documentElement, { attributes: true, attributeFilter: ["data-bs-theme"] });
let timer = 0;
window.addEventListener("resize", () => {
  window.clearTimeout(timer);
  timer = window.setTimeout(() => {
    for (const figure of document.querySelectorAll("figure[data-chart]")) window.echarts?.getInstanceByDom(figure)?.resize();
  }, 150);
});
