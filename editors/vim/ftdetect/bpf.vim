autocmd BufRead,BufNewFile *.bpf setfiletype bpf
