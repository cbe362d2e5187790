import {
  type Disposable,
  type InlayHint,
  OverviewRulerLane,
  Range,
  type TextDocument,
  type TextEditorDecorationType,
  ThemeColor,
  window,
  workspace,
} from 'vscode'
import { type ChartColour, chartColours, themeColourOf } from '../../shared/categoryColour.ts'
import { createDisposableStore } from '../connection/disposables.ts'

/** `none`: as wide as the others and not to be seen, so that labels without a category stand below the others. */
type MarkColour = ChartColour | 'none'

/** The marks of a document, for the version of it that its hints were asked for. */
interface DocumentMarks {
  version: number
  byLine: Map<number, { character: number; colour: MarkColour }[]>
}

/**
 * A bar in the colour of the category at each label, between it and its row. A theme has one colour for all hints, so that the colour is a decoration of its own;
 * the labels stay hints, which people can follow, hover, hear read aloud and switch off. Marks come and go with the hints.
 */
export class CategoryMarks implements Disposable {
  readonly #store = createDisposableStore()
  readonly #types = new Map<MarkColour, TextEditorDecorationType>()
  readonly #marks = new Map<string, DocumentMarks>()

  constructor() {
    for (const colour of [...chartColours, 'none'] as const) this.#types.set(colour, this.#store.add(typeOf(colour)))
    this.#store.add(workspace.onDidCloseTextDocument(({ uri }) => void this.#marks.delete(uri.toString())))
    this.#store.add(window.onDidChangeVisibleTextEditors(() => this.#drawAll()))
  }

  /** The hints of a part of a document, as they are shown from now on; none: it has none. */
  show(document: TextDocument, range: Range, hints: readonly InlayHint[]): void {
    const address = document.uri.toString()
    const before = this.#marks.get(address)
    if (!before && hints.length === 0) return
    const byLine = before?.version === document.version ? before.byLine : new Map()
    for (const line of [...byLine.keys()]) {
      if (range.start.line <= line && line <= range.end.line) byLine.delete(line)
    }
    for (const hint of hints) {
      const { line, character } = hint.position
      byLine.set(line, [...(byLine.get(line) ?? []), { character, colour: colourOf(hint) }])
    }
    this.#marks.set(address, { version: document.version, byLine })
    this.#drawAll(address)
  }

  dispose(): void {
    this.#store.dispose()
  }

  #drawAll(address?: string): void {
    for (const editor of window.visibleTextEditors) {
      const shown = editor.document.uri.toString()
      if (address !== undefined && address !== shown) continue
      const marks = this.#marks.get(shown)
      if (!marks && address === undefined) continue
      for (const [colour, type] of this.#types) editor.setDecorations(type, placesOf(marks, colour))
    }
  }
}

function typeOf(colour: MarkColour): TextEditorDecorationType {
  const contentText = '▌'
  if (colour === 'none') return window.createTextEditorDecorationType({ before: { contentText, color: 'transparent' } })
  const color = new ThemeColor(themeColourOf(colour))
  return window.createTextEditorDecorationType({
    before: { contentText, color },
    overviewRulerColor: color,
    overviewRulerLane: OverviewRulerLane.Left,
  })
}

/** As wide as nothing: a mark stands at the hint that begins there, between the column of labels and the rows. */
function placesOf(marks: DocumentMarks | undefined, colour: MarkColour): Range[] {
  return [...(marks?.byLine ?? [])].flatMap(([line, inLine]) =>
    inLine.flatMap((mark) => (mark.colour === colour ? [new Range(line, mark.character, line, mark.character)] : [])),
  )
}

function colourOf(hint: InlayHint): MarkColour {
  const { data } = hint as InlayHint & { data?: { colour?: unknown } }
  return chartColours.find((colour) => colour === data?.colour) ?? 'none'
}
