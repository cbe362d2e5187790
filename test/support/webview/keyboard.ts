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
