import * as z from 'zod'

/** Where the editor keeps a page's state while it is hidden, reloaded or restored. Never a key: the page has none. */
export interface EditorState {
  getState(): unknown
  setState(state: unknown): void
}

const StoredValues = z.record(z.string(), z.json())

/** Named values that outlive the page. What an older version stored in another shape counts as nothing. */
export class PageStorage {
  readonly #editor: EditorState
  #values: z.infer<typeof StoredValues>

  constructor(editor: EditorState) {
    this.#editor = editor
    this.#values = StoredValues.safeParse(editor.getState()).data ?? {}
  }

  read<Value>(name: string, schema: z.ZodType<Value>): Value | undefined {
    return schema.safeParse(this.#values[name]).data
  }

  /** Undefined removes it. */
  write(name: string, value: z.core.util.JSONType | undefined): void {
    const { [name]: _, ...others } = this.#values
    this.#values = value === undefined ? others : { ...others, [name]: value }
    this.#editor.setState(this.#values)
  }
}
