// <chot-chart>: draws the chart that the JSON in its script element describes.
import { BarChart, LineChart } from "echarts/charts";
import { GridComponent, LegendComponent, MarkAreaComponent, MarkLineComponent, TooltipComponent } from "echarts/components";
import * as echarts from "echarts/core";
import { SVGRenderer } from "echarts/renderers";

echarts.use([BarChart, LineChart, GridComponent, LegendComponent, MarkAreaComponent, MarkLineComponent, TooltipComponent, SVGRenderer]);

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
    const option = JSON.parse(source.textContent) as Record<string, object>;
    this.chart.setOption({
      animation: false,
      textStyle: { fontFamily: "Inter Variable, sans-serif" },
      grid: { left: 8, right: 16, top: 24, bottom: 8, containLabel: true },
      color: [style.getPropertyValue("--accent").trim(), style.getPropertyValue("--ink-3").trim(), "#d97706", "#0f9d8a", "#a855c7", "#c2410c"],
      tooltip: { trigger: "axis" },
      ...option,
      xAxis: { ...axis, ...option["xAxis"] },
      yAxis: { ...axis, ...option["yAxis"] },
    });
  }
}

customElements.define("chot-chart", Chart);
