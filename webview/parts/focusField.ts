import { useEffect, useRef } from 'preact/hooks'
import { fieldTarget } from '../../protocol/page.ts'

/** Moves the focus, once, into the field that a command leads to, as soon as its form is shown. */
export function useTargetField(target: { name: string } | null, isShown: boolean): void {
  const focused = useRef<{ name: string } | null>(null)
  useEffect(() => {
    const field = target?.name.split(fieldTarget)[1]
    if (!isShown || focused.current === target) return
    focused.current = target
    if (field !== undefined) focusField(field)
  }, [target, isShown])
}

/** Moves the focus into the field of the form that is shown, wherever in it that stands. False: no form has it. */
export function focusField(name: string): boolean {
  const place = document.querySelector(`[data-field="${CSS.escape(name)}"]`)
  const control = place?.querySelector<HTMLElement>(`[id$="-${CSS.escape(name)}"]`)
  if (!control) return false
  for (let at: Element | null = control; at; at = at.parentElement) if (at instanceof HTMLDetailsElement) at.open = true
  // A part that was closed opens with the next drawing, and a form that has just come takes the focus to its title first.
  requestAnimationFrame(() => {
    control.scrollIntoView({ block: 'center' })
    control.focus()
  })
  return true
}
