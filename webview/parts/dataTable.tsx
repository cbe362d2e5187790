import type { ComponentChildren } from 'preact'

export interface Column<Row> {
  heading: string
  cell(row: Row): ComponentChildren
  /** Figures stand under each other. */
  isFigure?: boolean
}

export interface DataTableProps<Row> {
  /** What the table holds, for people who cannot see it. */
  caption: string
  columns: readonly Column<Row>[]
  rows: readonly Row[]
  keyOf(row: Row): string
}

/** A plain table: the first column names its row. It scrolls by itself where the page is too narrow. */
export function DataTable<Row>({ caption, columns, rows, keyOf }: DataTableProps<Row>) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by key.
    <section class="table-frame" tabIndex={0} aria-label={caption}>
      <table>
        <caption class="unseen">{caption}</caption>
        <thead>
          <tr>
            {columns.map(({ heading, isFigure }) => (
              <th key={heading} scope="col" class={isFigure ? 'figure' : undefined}>
                {heading}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={keyOf(row)}>
              {columns.map(({ heading, cell, isFigure }, index) =>
                index === 0 ? (
                  <th key={heading} scope="row">
                    {cell(row)}
                  </th>
                ) : (
                  <td key={heading} class={isFigure ? 'figure' : undefined}>
                    {cell(row)}
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
