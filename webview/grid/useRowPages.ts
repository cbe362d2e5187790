import { useEffect, useMemo, useReducer } from 'preact/hooks'
import { RowPages, type RowSource } from './rowPages.ts'

/** Rows of what `key` names; `version`: something has changed, and they are read again. */
export function useRowPages<Row>(key: string, version: number, read: RowSource<Row>['read']): RowPages<Row> {
  const [, redraw] = useReducer((count: number) => count + 1, 0)
  const pages = useMemo(
    () =>
      new RowPages<Row>({
        read,
        onChange: () => redraw(null),
        later: (act, milliseconds) => void setTimeout(act, milliseconds),
      }),
    [key],
  )
  useEffect(() => () => pages.close(), [pages])
  useEffect(() => {
    pages.refresh()
  }, [pages, version])
  return pages
}
