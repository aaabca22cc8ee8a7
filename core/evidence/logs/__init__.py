"""Lines that programs wrote: their layout, kinds, times and what stands out."""
