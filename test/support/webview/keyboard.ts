import type { Panel } from './panel.ts'

/** What the focused control is called, through the roots of custom elements. */
const nameOfFocus = `(() => {
  const { activeElement: found } = document
  const label =
    document.getElementById(found.getAttribute('aria-labelledby'))?.textContent ?? found.labels?.[0]?.textContent
  return found.ariaLabel ?? label ?? found.textContent.trim().split('\\n')[0]
})()`

export const focusedName = ({ page }: Panel): Promise<string> => page.evaluate(nameOfFocus)

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
const isFocusSeen = `(() => {
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
})()`

/** One control that the key Tab stopped at: `place` among all that can be reached, in the order of the page; null: none of those. */
interface Stop {
  name: string
  isSeen: boolean
  place: number | null
}

export interface KeyboardWay {
  stops: Stop[]
  /** Every control that is there for somebody to reach, in the order of the page. */
  controls: string[]
  /** The key has led out of the page again. */
  hasLeft: boolean
}

/** From the top of the page, Tab by Tab, until it is left. */
export async function walkByTab(panel: Panel): Promise<KeyboardWay> {
  const { page } = panel
  await page.evaluate(`document.activeElement.blur()`)
  const controls = (await page.evaluate(listControls)) as string[]
  const stops: Stop[] = []
  for (let step = 0; step <= controls.length + 20; step += 1) {
    await page.keyboard.press('Tab')
    const stop = (await page.evaluate(stopAtFocus)) as Stop
    const { place } = stop
    if (place === -1 || (place === 0 && stops.length > 0)) return { stops, controls, hasLeft: true }
    // A date has a stop for its day, its month, its year and its calendar.
    if (place !== null && place === stops.at(-1)?.place) continue
    stops.push(stop)
  }
  return { stops, controls, hasLeft: false }
}

/** All that Tab has to stop at, through the roots of custom elements: of radio buttons the chosen one, of a grid the one that is active. */
const listControls = `(() => {
  const controls = []
  const isRadioApart = (element) => {
    if (element.type !== 'radio' || element.checked) return false
    const group = [...element.getRootNode().querySelectorAll('input[type=radio]')].filter(({ name }) => name === element.name)
    return group.some(({ checked }) => checked) || group[0] !== element
  }
  const visit = (node) => {
    if (!(node instanceof Element) || node.inert || node.getAttribute('disabled') !== null) return
    const { root = node.shadowRoot } = {}
    const isControl = node.tabIndex >= 0 && !node.disabled && !(root && root.delegatesFocus) && !isRadioApart(node)
    if (isControl && node.checkVisibility({ visibilityProperty: true })) controls.push(node)
    if (node.tagName === 'SLOT' && node.assignedNodes().length > 0) node.assignedNodes().forEach(visit)
    else if (root) [...root.childNodes].forEach(visit)
    else [...node.childNodes].forEach(visit)
  }
  visit(document.body)
  globalThis.controlsToReach = controls
  return controls.map((control) => {
    const host = control.getRootNode().host ?? control
    const words = host.ariaLabel ?? host.getAttribute('aria-label') ?? host.labels?.[0]?.textContent ?? host.textContent
    return control.tagName.toLowerCase() + ' ' + words.trim().replace(/\\s+/g, ' ').slice(0, 60)
  })
})()`

/** -1: nothing of the page has the focus. */
const placeOfFocus = `(() => {
  let found = document.activeElement
  if (found === document.body || found === null) return -1
  while (found.shadowRoot?.activeElement) found = found.shadowRoot.activeElement
  const place = globalThis.controlsToReach.indexOf(found)
  return place === -1 ? null : place
})()`

/** All of a stop at once: to ask the browser takes longer than to answer. */
const stopAtFocus = `({ place: ${placeOfFocus}, name: ${nameOfFocus}, isSeen: ${isFocusSeen} })`

/** Controls that can be reached by `walkByTab` and are not within the width of the page, where they would be cut off. */
export const listBeyondEdge = ({ page }: Panel): Promise<string[]> =>
  page.evaluate(`globalThis.controlsToReach.flatMap((control) => {
    const { left, right, width } = control.getBoundingClientRect()
    // A link that is seen only while it has the focus stands outside until then; a wide table scrolls within its own frame.
    if (width <= 1 || control.closest('.skip, .table-frame, [role=grid]')) return []
    return left < -1 || right > innerWidth + 1 ? [control.tagName + ' ' + control.textContent.trim().slice(0, 40)] : []
  })`)
