import type { Panel } from './panel.ts'

/** What the focused control is called, through the roots of custom elements. */
export const focusedName = ({ page }: Panel): Promise<string> =>
  page.evaluate(`(() => {
    const { activeElement: found } = document
    const label =
      document.getElementById(found.getAttribute('aria-labelledby'))?.textContent ?? found.labels?.[0]?.textContent
    return found.ariaLabel ?? label ?? found.textContent.trim().split('\\n')[0]
  })()`)

/** Tab by tab, as far as it takes; a control that no key reaches fails. */
export async function tabTo(panel: Panel, name: string, most = 80): Promise<void> {
  for (let step = 0; step < most; step += 1) {
    await panel.page.keyboard.press('Tab')
    if ((await focusedName(panel)).startsWith(name)) return
  }
  throw new Error(`The key Tab does not lead to "${name}".`)
}

/** How far content stands out to the right. */
export const overhang = ({ page }: Panel): Promise<unknown> =>
  page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')

/** Whether what is focused can be seen to be: an outline, a shadow or a border in the focus's colour, on it or on what is drawn for it. */
export const hasVisibleFocus = ({ page }: Panel): Promise<boolean> =>
  page.evaluate(`(() => {
    const places = []
    let found = document.activeElement
    while (found) {
      places.push(found, found.parentElement, found.nextElementSibling)
      if (found.shadowRoot) places.push(...found.shadowRoot.querySelectorAll('.control, .root, [part]'))
      found = found.shadowRoot?.activeElement
    }
    const probe = document.createElement('i')
    probe.style.color = 'var(--vscode-focusBorder)'
    document.body.append(probe)
    const focusColour = getComputedStyle(probe).color
    probe.remove()
    return places.filter(Boolean).some((place) => {
      const { outlineStyle, outlineWidth, boxShadow, borderTopColor, borderTopWidth } = getComputedStyle(place)
      return (
        (outlineStyle !== 'none' && outlineWidth !== '0px') ||
        boxShadow !== 'none' ||
        (borderTopColor === focusColour && borderTopWidth !== '0px')
      )
    })
  })()`)
