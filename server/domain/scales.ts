/** The values that an answer may hold: the schema asks for them, and what arrives is checked against them. */

export const scores = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
export const highestScore = 10
/** A short list is what a grammar can hold a model to; bounds of numbers it cannot. */
export const confidences = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1]

export const mostCategories = 4
export const mostSuggestions = 2
/** In characters. */
export const longestSuggestion = 80
export const longestReasoning = 600
/**
 * Of a reasoning as a grammar asks for it. A small model may fill all of it with one thing over and over, a token a character: that
 * has to end in the room of an answer about one item, and before it counts as a repetition without an end.
 */
export const longestReasoningAsked = 360
