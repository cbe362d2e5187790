import type { ComponentChildren } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'

export interface PopoverProps {
  /** What it belongs to: it opens under it and gives it the focus back. */
  anchor: HTMLElement
  label: string
  role?: 'dialog' | 'menu'
  children: ComponentChildren
  onClose(): void
}

const gap = 4

/** Something small above everything else: the browser closes it by Escape and by a click elsewhere. */
export function Popover({ anchor, label, role = 'dialog', children, onClose }: PopoverProps) {
  const element = useRef<HTMLDivElement>(null)
  const latest = useRef(onClose)
  latest.current = onClose
  useLayoutEffect(() => {
    const shown = element.current
    if (!shown) return
    shown.showPopover()
    place(shown, anchor)
    const first = shown.querySelector<HTMLElement>('[autofocus], button, input, vscode-checkbox, [tabindex="0"]')
    ;(first ?? shown).focus()
    const toggled = (event: Event) => {
      if ((event as ToggleEvent).newState !== 'closed') return
      // Whoever clicked elsewhere is there already.
      if (document.activeElement === document.body || shown.contains(document.activeElement)) there(anchor)?.focus()
      latest.current()
    }
    const sizes = new ResizeObserver(() => place(shown, anchor))
    sizes.observe(shown)
    shown.addEventListener('toggle', toggled)
    return () => {
      sizes.disconnect()
      shown.removeEventListener('toggle', toggled)
      if (shown.contains(document.activeElement)) there(anchor)?.focus()
    }
  }, [anchor])
  return (
    // biome-ignore lint/a11y/useAriaPropsSupportedByRole: both of its roles have a name.
    <div ref={element} popover="auto" role={role} class={`popover popover-${role}`} aria-label={label} tabIndex={-1}>
      {children}
    </div>
  )
}

/** What was drawn anew meanwhile is known by its id. */
function there(anchor: HTMLElement): HTMLElement | null {
  return anchor.isConnected ? anchor : document.getElementById(anchor.id)
}

/** Under the anchor, within the window. */
function place(shown: HTMLElement, anchor: HTMLElement): void {
  if (!anchor.isConnected) return
  const { left, bottom, top } = anchor.getBoundingClientRect()
  const { offsetWidth: width, offsetHeight: height } = shown
  const below = bottom + gap
  const fitsBelow = below + height <= window.innerHeight
  shown.style.left = `${Math.max(gap, Math.min(left, window.innerWidth - width - gap))}px`
  shown.style.top = `${fitsBelow ? below : Math.max(gap, Math.min(top - gap - height, window.innerHeight - height - gap))}px`
}
