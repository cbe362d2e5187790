import {
  type InputBoxOptions,
  type MessageOptions,
  type QuickPickItem,
  QuickPickItemKind,
  type Uri,
  window,
} from 'vscode'

/** What a person would do with the next question: choose the row whose label contains the text, type it, or press the button. */
export interface ScriptedWindow {
  /** Answers for lists and input boxes, in order; null leaves. */
  answer(...answers: (string | null)[]): void
  /** The button to press on the next message that has it; others stay unpressed. */
  press(...labels: string[]): void
  saveTo(uri: Uri): void
  /** What is chosen when files are asked for; nothing: the dialog is left. */
  choose(...uris: Uri[]): void
  /** Every message shown, with its buttons, oldest first. Only a modal one has a detail. */
  readonly messages: { text: string; detail: string; buttons: string[] }[]
  /** Every list that was shown, as its labels. */
  readonly lists: string[][]
  readonly inputs: InputBoxOptions[]
  restore(): void
}

/** Stands in for the person in front of the editor. What the page looks like is the business of the suite that drives the browser. */
export function scriptWindow(): ScriptedWindow {
  const answers: (string | null)[] = []
  const buttons: string[] = []
  const messages: ScriptedWindow['messages'] = []
  const lists: string[][] = []
  const inputs: InputBoxOptions[] = []
  let target: Uri | undefined
  let chosen: Uri[] | undefined

  async function message(text: string, ...rest: unknown[]): Promise<unknown> {
    const items = rest.filter((item) => typeof item === 'string')
    const options = rest.find((item): item is MessageOptions => typeof item === 'object' && item !== null)
    messages.push({ text, detail: options?.detail ?? '', buttons: items })
    const pressed = buttons.findIndex((label) => items.includes(label))
    return pressed === -1 ? undefined : buttons.splice(pressed, 1)[0]
  }

  async function list(items: readonly QuickPickItem[], options?: { canPickMany?: boolean }): Promise<unknown> {
    const rows = items.filter((item) => item.kind !== QuickPickItemKind.Separator)
    lists.push(rows.map((row) => row.label))
    const wanted = nextAnswer(`a list of ${rows.map((row) => row.label).join(' | ')}`)
    if (wanted === null) return undefined
    const row = rows.find(({ label, description }) => `${label} ${description ?? ''}`.includes(wanted))
    if (!row) throw new Error(`no row "${wanted}" in ${rows.map(({ label }) => label).join(' | ')}`)
    return options?.canPickMany ? [row] : row
  }

  async function input(options: InputBoxOptions): Promise<string | undefined> {
    inputs.push(options)
    const typed = nextAnswer(`an input box: ${options.title} ${options.prompt}`)
    if (typed === null) return undefined
    const problem = await options.validateInput?.(typed)
    if (problem) throw new Error(`"${typed}" is refused: ${JSON.stringify(problem)}`)
    return typed
  }

  function nextAnswer(question: string): string | null {
    const next = answers.shift()
    if (next === undefined) throw new Error(`nobody answers ${question}`)
    return next
  }

  const replaced = {
    showInformationMessage: message,
    showWarningMessage: message,
    showErrorMessage: message,
    showQuickPick: list,
    showInputBox: input,
    showSaveDialog: async () => target,
    showOpenDialog: async () => chosen,
  }
  const originals = Object.fromEntries(Object.keys(replaced).map((name) => [name, Reflect.get(window, name)]))
  Object.assign(window, replaced)
  return {
    answer: (...more) => void answers.push(...more),
    press: (...more) => void buttons.push(...more),
    saveTo: (uri) => {
      target = uri
    },
    choose: (...uris) => {
      chosen = uris
    },
    messages,
    lists,
    inputs,
    restore: () => void Object.assign(window, originals),
  }
}
