import type * as z from 'zod'

/** What a schema finds wrong with a value. */
export type SchemaIssue = z.core.$ZodIssue

/** A rule of our own within a schema, as its check pushes it to the issues. */
export type CustomIssue = z.core.$ZodRawIssue<z.core.$ZodIssueCustom>
