import { strict as assert } from 'node:assert'
import type { Page } from 'playwright-core'

/**
 * Counts what a person does in a window, by what arrives at it, whoever sends it: a click, a key that is no text (Enter, Escape, an arrow, a
 * chord), a choice from a list, and a text typed or pasted into one field, however long. What leads the pointer or the focus only (moving,
 * hovering, Tab) is none, and a click into the field that is typed into next is part of that.
 */
export interface Interactions {
  /** From now on, anew. */
  begin(): void
  /** In words and in their order. */
  readonly all: readonly string[]
  /** Fails with everything that was counted, and where nothing was: then nobody counts. */
  expectAtMost(most: number): void
}

/** Before the page is opened: documents that are there already are not watched. Frames are, those of the editor's pages too. */
export async function countInteractions(page: Page): Promise<Interactions> {
  const all: string[] = []
  const hear = (what: string) => {
    const [kind, place] = what.split(' in ', 2)
    const before = all.at(-1)
    if (kind === 'text' && before === what) return
    // A person clicks into a field to type there.
    if (kind === 'text' && before === `click in ${place}`) all.pop()
    all.push(what)
  }
  await page.exposeFunction('llmProvidersInteraction', hear)
  await page.addInitScript(watchDocument)
  return {
    begin: () => void all.splice(0),
    get all() {
      return all
    },
    expectAtMost: (most) => assert.ok(all.length > 0 && all.length <= most, `${all.length}:\n${all.join('\n')}`),
  }
}

/** Runs in every document of the page, so it uses nothing of this module. */
function watchDocument(): void {
  const tell = (kind: string, { target }: Event) => {
    const report = (globalThis as { llmProvidersInteraction?: (what: string) => void }).llmProvidersInteraction
    const element = target instanceof Element ? target : document.documentElement
    const label = element instanceof HTMLInputElement ? element.labels?.[0]?.textContent : null
    const names = ['aria-label', 'placeholder', 'id'].map((name) => element.getAttribute(name))
    const words = label ?? names.find((each) => each) ?? element.textContent?.trim() ?? ''
    report?.(`${kind} in ${element.tagName.toLowerCase()} ${words.slice(0, 60)}`)
  }
  const isText = ({ target }: Event) =>
    target instanceof HTMLInputElement ||
    target instanceof HTMLTextAreaElement ||
    (target instanceof HTMLElement && (target.isContentEditable || target.tagName.startsWith('VSCODE-TEXT')))
  const ignored = ['Tab', 'Shift', 'Control', 'Alt', 'Meta', 'CapsLock']
  const onEvent = (event: Event) => {
    if (!event.isTrusted) return
    if (event.type === 'pointerdown') return tell('click', event)
    if (event.type === 'input') return isText(event) && !isTicked(event) ? tell('text', event) : undefined
    if (event.type === 'change') return event.target instanceof HTMLSelectElement ? tell('choice', event) : undefined
    if (!(event instanceof KeyboardEvent) || event.repeat || ignored.includes(event.key)) return
    const isChord = event.ctrlKey || event.metaKey || event.altKey
    const isTyped = isText(event) && !isChord && (event.key.length === 1 || /^(Backspace|Delete)$/.test(event.key))
    if (!isTyped) tell(`key ${isChord ? 'chord ' : ''}${event.key}`, event)
  }
  const isTicked = ({ target }: Event) =>
    target instanceof HTMLInputElement && (target.type === 'checkbox' || target.type === 'radio')
  const attach = () => {
    for (const type of ['pointerdown', 'keydown', 'input', 'change']) window.addEventListener(type, onEvent, true)
  }
  attach()
  // The editor writes its pages into a document that is there already, which takes what listens away; adding it twice does nothing.
  setInterval(attach, 50)
}
