import type { Panel } from './panel.ts'

/** What moves by itself or would when it changes, through the roots of custom elements: its tag, and for how long. */
export const findMoving = ({ page }: Panel): Promise<string[]> =>
  page.evaluate(`(() => {
    const found = new Set()
    const seconds = (list) => Math.max(0, ...list.split(',').map(parseFloat))
    const visit = (root) => {
      for (const element of root.querySelectorAll('*')) {
        if (!element.checkVisibility()) continue
        for (const part of [null, '::before', '::after']) {
          const { animationName, animationDuration, transitionDuration } = getComputedStyle(element, part)
          // A hundredth of a millisecond is what the page makes of every time; nobody sees it.
          const lasts = Math.max(animationName === 'none' ? 0 : seconds(animationDuration), seconds(transitionDuration))
          if (lasts > 0.001) found.add(element.tagName.toLowerCase() + ' ' + element.className + ': ' + lasts + ' s')
        }
        if (element.shadowRoot) visit(element.shadowRoot)
      }
    }
    visit(document)
    return [...found]
  })()`)
