"""What a fleet needs: measured per process here, multiplied and simulated for fleets that are not here.

python -m tools.scaling          measure, and print the tables
python -m tools.scaling --write  and put them into docs/scaling.md
"""
