import {
  BarController,
  BarElement,
  CategoryScale,
  Chart,
  type ChartOptions,
  Legend,
  LinearScale,
  Tooltip,
} from 'chart.js'
import { useEffect, useRef, useState } from 'preact/hooks'
import { variableOf } from '../../shared/categoryColour.ts'
import { BarButtons, type BarMenu, type BarPlace } from './barButtons.tsx'
import { Menu } from './menu.tsx'

Chart.register(BarController, BarElement, CategoryScale, LinearScale, Tooltip, Legend)

export interface BarSeries {
  name: string
  /** One for each label. */
  values: readonly number[]
}

export interface BarChartProps {
  /** What there is to see, in a sentence, for people who cannot see it. The figures themselves belong in a table nearby. */
  summary: string
  labels: readonly string[]
  /** Drawn on top of each other. One alone needs no legend. */
  series: readonly BarSeries[]
  /** How a value is written, on the axis and when it is pointed at. */
  format(value: number): string
  /** Values are numbers of things: there is nothing between one and the next. */
  isCount: boolean
  /** Labels are names, each of which is wanted; else they are a scale, of which some are enough. */
  isNamed?: boolean
  onPick?: (index: number) => void
  /** One for each label; instead of `onPick`, where a bar leads to several things. */
  menus?: readonly BarMenu[]
}

/** A bar that is hardly seen can be focused all the same. */
const leastHeight = 20

const longestLabel = 20

/** The theme's own colors for charts; after them they repeat, and the legend has the names. */
const colours = (['blue', 'yellow', 'green', 'purple', 'red', 'orange'] as const).map(variableOf)

export function BarChart({ summary, labels, series, format, isCount, isNamed = false, onPick, menus }: BarChartProps) {
  const canvas = useRef<HTMLCanvasElement>(null)
  const chart = useRef<Chart<'bar', number[]> | null>(null)
  const buttons = useRef<HTMLDivElement>(null)
  const [opened, setOpened] = useState<{ index: number; anchor: HTMLElement } | null>(null)
  const [places, setPlaces] = useState<readonly BarPlace[]>([])
  const open = (index: number) => {
    const anchor = buttons.current?.children[index]
    if (anchor instanceof HTMLElement) setOpened({ index, anchor })
  }
  const menu = opened && menus?.[opened.index]
  const pick = menus ? open : onPick
  const latest = useRef({ format, pick })
  latest.current = { format, pick }
  const key = JSON.stringify([labels, series])

  useEffect(() => {
    if (!canvas.current) return
    const drawn = new Chart<'bar', number[]>(canvas.current, {
      type: 'bar',
      data: { labels: [], datasets: [] },
      options: optionsOf(
        { isCount, isNamed },
        (value) => latest.current.format(value),
        (index) => latest.current.pick?.(index),
        () => latest.current.pick !== undefined,
      ),
      plugins: [{ id: 'places', afterRender: (rendered) => setPlaces((before) => placesOf(rendered, before)) }],
    })
    chart.current = drawn
    // A canvas knows no variables: another theme is another drawing.
    const themes = new MutationObserver(() => paint(drawn))
    themes.observe(document.body, { attributes: true, attributeFilter: ['class', 'data-vscode-theme-id'] })
    return () => {
      themes.disconnect()
      drawn.destroy()
      chart.current = null
    }
  }, [isCount, isNamed])

  useEffect(() => {
    if (!chart.current) return
    chart.current.data = {
      labels: [...labels],
      datasets: series.map(({ name, values }) => ({ label: name, data: [...values], maxBarThickness: 40 })),
    }
    paint(chart.current)
  }, [key, isCount, isNamed])

  return (
    <div class="chart">
      <canvas ref={canvas} role="img" aria-label={summary} />
      {menus ? <BarButtons {...{ label: summary, menus, places }} holder={buttons} onOpen={open} /> : null}
      {opened && menu ? <Menu anchor={opened.anchor} {...menu} onClose={() => setOpened(null)} /> : null}
    </div>
  )
}

/** The same array as long as nothing has moved. */
function placesOf(chart: Chart, before: readonly BarPlace[]): readonly BarPlace[] {
  const places = chart.getDatasetMeta(0).data.map((element) => {
    const { x, y, width, base } = element.getProps(['x', 'y', 'width', 'base'], true) as Record<string, number>
    const height = Math.max(leastHeight, (base ?? 0) - (y ?? 0))
    return { left: (x ?? 0) - (width ?? 0) / 2, top: (base ?? 0) - height, width: width ?? 0, height }
  })
  return JSON.stringify(places) === JSON.stringify(before) ? before : places
}

function optionsOf(
  { isCount, isNamed }: Required<Pick<BarChartProps, 'isCount' | 'isNamed'>>,
  format: (value: number) => string,
  pick: (index: number) => void,
  canPick: () => boolean,
): ChartOptions<'bar'> {
  return {
    // Nothing moves: it is only looked at.
    animation: false,
    responsive: true,
    maintainAspectRatio: false,
    onClick: (_, [element]) => element && pick(element.index),
    onHover(_, elements, { canvas }) {
      canvas.style.cursor = elements.length > 0 && canPick() ? 'pointer' : ''
    },
    scales: {
      x: {
        stacked: true,
        grid: { display: false },
        ticks: {
          // Where names have no room side by side, they are turned rather than left out.
          ...(isNamed ? { autoSkip: false, maxRotation: 60 } : { autoSkipPadding: 12, maxRotation: 0 }),
          callback(value) {
            return cutLabel(this.getLabelForValue(Number(value)))
          },
        },
      },
      y: {
        stacked: true,
        beginAtZero: true,
        ticks: { maxTicksLimit: 6, callback: (value) => format(Number(value)), ...(isCount && { precision: 0 }) },
      },
    },
    plugins: {
      legend: { position: 'bottom', labels: { boxWidth: 12, boxHeight: 12 } },
      tooltip: {
        mode: 'index',
        callbacks: { label: ({ dataset, parsed }) => `${dataset.label}: ${format(Number(parsed.y))}` },
      },
    },
  }
}

/** A name as the axis has room for it; pointing at its bar shows it whole. */
function cutLabel(label: string): string {
  const characters = Array.from(label)
  return characters.length <= longestLabel
    ? label
    : `${characters
        .slice(0, longestLabel - 1)
        .join('')
        .trimEnd()}…`
}

function paint(chart: Chart<'bar', number[]>) {
  const style = getComputedStyle(document.body)
  const colour = (variable: string, fallback: string) => style.getPropertyValue(variable).trim() || fallback
  const text = colour('--vscode-foreground', style.color)
  const line = colour('--vscode-editorWidget-border', text)
  for (const [index, dataset] of chart.data.datasets.entries()) {
    dataset.backgroundColor = colour(colours[index % colours.length] as string, text)
    // Where colors are few, edges show where one part ends.
    dataset.borderColor = colour('--vscode-editor-background', 'transparent')
    dataset.borderWidth = 1
  }
  const { scales, plugins } = chart.options
  for (const axis of [scales?.x, scales?.y]) {
    if (axis?.ticks) axis.ticks.color = text
    if (axis?.grid) axis.grid.color = line
    if (axis?.border) axis.border.color = line
  }
  if (plugins?.legend?.labels) plugins.legend.labels.color = text
  if (plugins?.legend) plugins.legend.display = chart.data.datasets.length > 1
  const font = { family: colour('--vscode-font-family', 'sans-serif') }
  chart.options.font = font
  chart.update('none')
}
