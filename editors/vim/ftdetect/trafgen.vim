autocmd BufRead,BufNewFile *.trafgen,*.txf setfiletype trafgen
