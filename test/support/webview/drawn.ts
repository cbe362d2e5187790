import type { Panel } from './panel.ts'

/**
 * What `look` gives in the frame in which the sentence is drawn first, however slow the machine is. The page watches from now on; what
 * is returned waits, after the act that brings the sentence. `look`: an expression in code, as the project for Node knows no document.
 */
export async function whenDrawn({ page }: Panel, sentence: string, look: string): Promise<() => Promise<unknown>> {
  await page.evaluate(`void (globalThis.drawn = new Promise((resolve) => {
    new MutationObserver((_, observer) => {
      if (!document.body.textContent.includes(${JSON.stringify(sentence)})) return
      observer.disconnect()
      requestAnimationFrame(() => resolve(${look}))
    }).observe(document.body, { childList: true, subtree: true, characterData: true })
  }))`)
  return () => page.evaluate('globalThis.drawn')
}
