// The part of triton-tags 1 that triton-tag-values.ts calls; the package ships no types.
declare module 'triton-tags' {
  const tags: {
    isTritonTag(key: string): boolean;
    /** The callback is called before it returns. */
    parseTritonTagStr(
      key: string,
      text: string,
      callback: (err: Error | null, value?: string | number | boolean) => void,
    ): void;
    /** null when valid, else why not. */
    validateTritonTag(key: string, value: unknown): string | null;
  };
  export default tags;
}
