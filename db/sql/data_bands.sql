SELECT instrument, band, low, high FROM band ORDER BY instrument, low
