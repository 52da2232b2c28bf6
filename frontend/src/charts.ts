// <chot-chart>: draws the chart that the JSON in its script element describes.
import { BarChart, HeatmapChart, LineChart } from "echarts/charts";
import { GridComponent, LegendComponent, MarkAreaComponent, MarkLineComponent, TooltipComponent, VisualMapComponent } from "echarts/components";
import * as echarts from "echarts/core";
import { SVGRenderer } from "echarts/renderers";

echarts.use([
  BarChart, HeatmapChart, LineChart, GridComponent, LegendComponent, MarkAreaComponent, MarkLineComponent, TooltipComponent, VisualMapComponent,
  SVGRenderer,
]);

type Point = { value: number | number[]; url?: string; words?: string };
type Options = Record<string, object> & { kind?: string; unit?: string };

type Axis = { type?: string; axisLabel?: object };

/** What is given about an axis over what all have; its labels keep their ink. */
function inked(common: { axisLabel: object }, given: Axis | undefined): object {
  return { ...common, ...given, axisLabel: { ...common.axisLabel, ...given?.axisLabel } };
}

function opened(params: { data?: unknown }): string | undefined {
  const url = (params.data as Point | undefined)?.url;
  return url?.startsWith("/") ? url : undefined; // pages of this application only
}

class Chart extends HTMLElement {
  private chart: echarts.ECharts | undefined;
  private readonly watcher = new ResizeObserver(() => this.chart?.resize());
  private readonly redraw = (): void => this.draw();

  connectedCallback(): void {
    this.draw();
    this.watcher.observe(this);
    document.addEventListener("chot:theme", this.redraw);
  }

  disconnectedCallback(): void {
    this.watcher.disconnect();
    document.removeEventListener("chot:theme", this.redraw);
    this.chart?.dispose();
  }

  private draw(): void {
    const source = this.querySelector("script[type='application/json']");
    if (!source?.textContent) return;
    let room = this.querySelector<HTMLElement>(".room");
    if (!room) {
      room = document.createElement("div");
      room.className = "room";
      this.append(room);
    }
    this.chart?.dispose();
    const style = getComputedStyle(document.documentElement);
    const ink = style.getPropertyValue("--ink-2").trim();
    const line = style.getPropertyValue("--line").trim();
    this.chart = echarts.init(room, undefined, { renderer: "svg" });
    const axis = { axisLabel: { color: ink }, axisLine: { lineStyle: { color: line } }, splitLine: { lineStyle: { color: line } } };
    const { kind, unit, ...option } = JSON.parse(source.textContent) as Options;
    const figures = new Intl.NumberFormat(document.documentElement.lang || "vi", { maximumFractionDigits: 1 });
    const said = (value: unknown): string => (typeof value === "number" ? `${figures.format(value)}${unit ? ` ${unit}` : ""}` : String(value ?? "–"));
    const numbers = { ...axis, axisLabel: { color: ink, hideOverlap: true, ...(kind ? { formatter: (value: string | number) => said(value) } : {}) } };
    const xAxis = option["xAxis"] as Axis | undefined;
    const yAxis = option["yAxis"] as Axis | undefined;
    this.chart.setOption({
      animation: false,
      textStyle: { fontFamily: "Inter Variable, sans-serif" },
      grid: { left: 8, right: kind === "steps" ? 64 : 16, top: 24, bottom: kind === "heat" ? 48 : 8, containLabel: true },
      color: [style.getPropertyValue("--accent").trim(), style.getPropertyValue("--ink-3").trim(), "#d97706", "#0f9d8a", "#a855c7", "#c2410c"],
      tooltip: kind === "heat" ? { formatter: (point: { data?: unknown }) => echarts.format.encodeHTML((point.data as Point).words ?? "") } : { trigger: "axis", valueFormatter: said },
      ...option,
      ...(kind === "heat" ? { visualMap: this.shades(option["visualMap"], style, said) } : {}),
      ...(kind === "steps" ? { series: this.labelled(option["series"], ink, said) } : {}),
      ...(option["legend"] ? { legend: { textStyle: { color: ink }, pageTextStyle: { color: ink }, pageIconColor: ink, inactiveColor: line, ...option["legend"] } } : {}),
      xAxis: inked(xAxis?.type === "value" ? numbers : axis, xAxis),
      yAxis: inked(xAxis?.type === "value" ? axis : numbers, yAxis),
    });
    this.chart.on("click", (params) => {
      const url = opened(params);
      if (url) location.assign(url);
    });
  }

  /** One hue from the ground to the accent: light to dark means the same to everyone, by day and by night. */
  private shades(given: object | undefined, style: CSSStyleDeclaration, said: (value: unknown) => string): object {
    const ends = ["--ground", "--accent"].map((name) => style.getPropertyValue(name).trim());
    return {
      ...given, calculable: false, orient: "horizontal", left: "center", bottom: 0, itemHeight: 120, formatter: said,
      inRange: { color: ends }, textStyle: { color: style.getPropertyValue("--ink-2").trim() },
    };
  }

  private labelled(given: object | undefined, ink: string, said: (value: unknown) => string): object[] {
    return (given as object[]).map((series) => ({
      ...series, label: { show: true, position: "right", color: ink, formatter: (point: { value: unknown }) => said(point.value) },
    }));
  }
}

customElements.define("chot-chart", Chart);
