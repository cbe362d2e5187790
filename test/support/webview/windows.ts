import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'

export type WindowOptions = BrowserContextOptions

interface Listeners {
  onError(error: Error): void
  onConsole(text: string): void
  /** What the page says to the editor. */
  onMessage(message: unknown): void
}

/** Windows of each browser that nobody uses at the moment. */
const idle = new WeakMap<Browser, PanelWindow[]>()

/** A window for one panel. To open one takes as long as a short test: one that was released is taken again, with nothing left in it. */
export async function takeWindow(
  browser: Browser,
  size: { width: number; height: number },
  options: WindowOptions | undefined,
): Promise<PanelWindow> {
  const found = options ? undefined : idle.get(browser)?.pop()
  if (found) {
    await found.page.setViewportSize(size)
    return found
  }
  const context = await browser.newContext({ viewport: size, reducedMotion: 'reduce', ...options })
  return await PanelWindow.open(context, options === undefined)
}

/** A page of the browser, with what the editor puts into it. */
export class PanelWindow {
  readonly page: Page
  readonly #isShared: boolean
  #listeners: Listeners | null = null
  #theme: { dispose(): Promise<void> } | null = null
  readonly #posts = new Set<Promise<unknown>>()

  private constructor(page: Page, isShared: boolean) {
    this.page = page
    this.#isShared = isShared
  }

  static async open(context: BrowserContext, isShared: boolean): Promise<PanelWindow> {
    const page = await context.newPage()
    page.setDefaultTimeout(60_000)
    const window = new PanelWindow(page, isShared)
    page.on('pageerror', (error) => window.#listeners?.onError(error))
    page.on('console', (message) => window.#listeners?.onConsole(message.text()))
    await page.exposeFunction('hearPage', (message: unknown) => window.#listeners?.onMessage(message))
    await page.addInitScript(stubEditor)
    return window
  }

  listen(listeners: Listeners): void {
    this.#listeners = listeners
  }

  /** `script`: puts on the theme, before anything of the page runs. */
  async dress(script: string): Promise<void> {
    this.#theme = await this.page.addInitScript(script)
  }

  post(message: unknown): void {
    // A page that is being closed hears nothing more.
    const posted: Promise<unknown> = this.page
      .evaluate(`window.postMessage(${JSON.stringify(message)}, window.origin)`)
      .catch(() => {})
      .finally(() => this.#posts.delete(posted))
    this.#posts.add(posted)
  }

  /** Closes it, or leaves it as empty as a new one. */
  async release(): Promise<void> {
    const { page } = this
    const browser = page.context().browser()
    this.#listeners = null
    if (!this.#isShared || !browser) return await page.context().close()
    // What was said to the page must not reach the next one.
    await Promise.all(this.#posts)
    // The page lives until it is left, and would keep its state once more.
    await page.evaluate('Storage.prototype.setItem = () => undefined; sessionStorage.clear()')
    await page.mouse.move(-1, -1)
    await this.#theme?.dispose()
    await page.goto('about:blank')
    idle.set(browser, [...(idle.get(browser) ?? []), this])
  }
}

/** Runs in the page, before anything of it: what the editor puts there, kept over a reload as the editor keeps it. */
const stubEditor = `
  globalThis.acquireVsCodeApi = () => ({
    postMessage: (message) => void hearPage(message),
    getState: () => JSON.parse(sessionStorage.getItem('kept by the editor') ?? 'null') ?? undefined,
    setState: (state) => sessionStorage.setItem('kept by the editor', JSON.stringify(state)),
  })
`
