import type { RefObject } from 'preact'
import { useState } from 'preact/hooks'
import type { MenuEntry } from './menu.tsx'

export interface BarMenu {
  /** The bar in words. */
  label: string
  entries: readonly MenuEntry[]
}

/** In pixels of the chart. */
export interface BarPlace {
  left: number
  top: number
  width: number
  height: number
}

interface BarButtonsProps {
  /** What the bars are of. */
  label: string
  menus: readonly BarMenu[]
  places: readonly BarPlace[]
  /** Around the buttons, in the order of the bars. */
  holder: RefObject<HTMLDivElement | null>
  onOpen(index: number): void
}

/** The bars of a chart for the keyboard: one stop of the Tab key, arrows go from bar to bar. The pointer works on the drawing itself. */
export function BarButtons({ label, menus, places, holder, onOpen }: BarButtonsProps) {
  const [current, setCurrent] = useState(0)
  const stop = Math.min(current, menus.length - 1)
  function press(event: KeyboardEvent) {
    const steps: Record<string, number> = { ArrowLeft: stop - 1, ArrowRight: stop + 1, Home: 0, End: menus.length - 1 }
    const next = steps[event.key]
    if (next === undefined) return
    event.preventDefault()
    const to = Math.min(Math.max(next, 0), menus.length - 1)
    setCurrent(to)
    ;(holder.current?.children[to] as HTMLElement | undefined)?.focus()
  }
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for fields of a form.
    <div ref={holder} class="bar-buttons" role="group" aria-label={label} onKeyDown={press}>
      {menus.map((menu, index) => (
        <button
          key={menu.label}
          type="button"
          class="bar-button"
          aria-label={menu.label}
          aria-haspopup="menu"
          tabIndex={index === stop ? 0 : -1}
          style={styleOf(places[index])}
          onFocus={() => setCurrent(index)}
          onClick={() => onOpen(index)}
        />
      ))}
    </div>
  )
}

function styleOf(place: BarPlace | undefined): Record<string, string> {
  if (!place) return {}
  const { left, top, width, height } = place
  return { left: `${left}px`, top: `${top}px`, width: `${width}px`, height: `${height}px` }
}
